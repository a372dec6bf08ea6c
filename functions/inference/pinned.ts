import { OnnwardError } from '#core/errors.ts';
import { manifestKey } from '#core/model/keys.ts';
import { type Manifest, parseManifest } from '#core/model/manifest.ts';
import type { LoadedModel, ObjectReader } from '#core/ports.ts';
import type { Host, ServedModel } from '#serving/host.ts';
import { modelNotFound, versionNotFound } from '#serving/not-served.ts';

/** The one version that a function serves, for as long as it lives. */
export interface Pin {
  readonly name: string;
  readonly version: number;
}

/** Whoever asks a function for the live version asked the API for it first, which led here. */
const LIVE = 'live';

/** Finds a version by its number, which takes no more than reading. Throws `version.not_found`, and what the store throws. */
export async function loadPinned(
  store: ObjectReader,
  { name, version }: Pin,
  load: (manifest: Manifest) => Promise<LoadedModel>,
): Promise<ServedModel> {
  const stored = await store.get(manifestKey(name, version));
  if (!stored) throw absent(name, version);
  const manifest = parseManifest(stored.bytes);
  return { name, version, manifest, model: await load(manifest) };
}

/** Serves what is loaded. No alias is followed: another version is another version of the function. */
export function hostOf(served: ServedModel): Host {
  const { name, version } = served;
  return {
    ready: true,
    find(asked, which = LIVE) {
      if (asked !== name) throw modelNotFound(asked, [name]);
      if (which !== LIVE && which !== String(version)) throw versionNotFound(name, which, [version]);
      return served;
    },
    index: () => [{ name, version: String(version), state: 'READY', reason: '' }],
  };
}

const absent = (name: string, version: number): OnnwardError =>
  new OnnwardError(`There is no ${name}:${version} in the registry.`, {
    code: 'version.not_found',
    kind: 'not-found',
    fix: `Register it there, or release a version that 'onnward show ${name}' names.`,
    fields: { name, version },
  });
