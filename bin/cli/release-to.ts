import { checkReleases } from '#adapters/local/config.ts';
import { copyVersion } from '#core/registry/copy.ts';
import type { NewRelease } from '#core/release/events.ts';
import { documentKey } from '#core/release/keys.ts';
import { listReleases } from '#core/release/releases.ts';
import { sha256 } from '#core/registry/document.ts';
import type { ObjectStore } from '#core/ports.ts';
import { usageError } from './arguments.ts';
import { say } from './output.ts';
import { createProgress } from './progress.ts';
import { openWorkplace } from './registry.ts';
import { optionsHere } from './release-function.ts';
import { requestOf } from './release-options.ts';
import { openReleasePlace } from './release-place.ts';
import { reportRelease } from './release-report.ts';

type ToArguments = Parameters<typeof requestOf>[1] & {
  readonly ref: string;
  readonly stage?: string | undefined;
  readonly store?: string | undefined;
  readonly json?: boolean | undefined;
};

/**
 * Copies a version by its hashes from the store at hand to that of a stage, takes along what was said of it there, and
 * starts the stage's own release: it trusts the bytes, and no verdict.
 */
export async function releaseTo(stage: string, args: ToArguments): Promise<void> {
  if (args.stage !== undefined) {
    throw usageError(
      'either',
      '--to and --stage both name a stage.',
      'Name where it goes with --to, and where it comes from with --store.',
    );
  }
  const json = args.json === true;
  const source = await openWorkplace(args);
  await checkReleases(source);
  const { name, version, manifest } = await source.registry.resolveLatest(args.ref);
  const place = await openReleasePlace({ stage });
  const progress = createProgress(json);
  const total = manifest.files.reduce((sum, { size }) => sum + size, 0);
  let done = 0;
  const onProgress = (bytes: number): void => progress.update('copying', (done += bytes), total);
  const why = `from ${source.store.url}, version ${version}`;
  const { manifest: there, copied } = await copyVersion({ store: source.store, manifest }, place.registry, {
    why,
    onProgress,
  });
  progress.end();
  if (!json)
    say(
      copied
        ? `${name}:${version} is version ${there.version} in stage ${stage}.`
        : `Stage ${stage} has it already, as version ${there.version}.`,
    );
  const carried = await carriedFrom(source.store, name, version);
  const configured = optionsHere(place.config, place.folder)[name] ?? {};
  const request: NewRelease = {
    ...requestOf(`${name}:${there.version}`, args, configured),
    actor: place.actor,
    ...(carried && { carried }),
  };
  const id = await place.run(request, { json });
  if (id !== undefined) await reportRelease(place, id, json);
}

/** What the last release of the version came to there, by name and hash. Undefined where it had none. */
async function carriedFrom(store: ObjectStore, model: string, version: number): Promise<NewRelease['carried']> {
  const [last] = (await listReleases(store, model)).filter(({ release }) => release.version === version);
  if (!last) return undefined;
  const { release, state, end } = last;
  const documents = await Promise.all(
    ['evaluation', 'gates', 'shadow', 'end'].map(async (name) => {
      const stored = await store.get(documentKey(release.release, name));
      return stored ? [[name, { sha256: sha256(stored.bytes) }] as const] : [];
    }),
  );
  const evidence = Object.fromEntries(documents.flat());
  return {
    store: store.url,
    release: release.release,
    version,
    state,
    ...(end && { reason: end.reason, at: end.at }),
    evidence,
  };
}
