import { createHash } from 'node:crypto';
import { OnnwardError } from '../errors.ts';
import { cardsPrefix, claimKey, manifestKey, versionPrefix, versionsPrefix } from '../model/keys.ts';
import { type Manifest, parseManifest } from '../model/manifest.ts';
import type { ObjectStore } from '../ports.ts';
import { sha256 } from './document.ts';
import { corruption, type Finding, note } from './finding.ts';

export interface VerifyOptions {
  /** Called with the bytes of the artifacts that were read since the last call. */
  readonly onProgress?: (bytes: number) => void;
}

/** Holds each version's manifest against the history (`recorded`: its SHA-256 by version), and each file against the manifest. */
export async function* verifyVersions(
  store: ObjectStore,
  name: string,
  recorded: ReadonlyMap<number, string>,
  options: VerifyOptions,
): AsyncIterable<Finding> {
  const sizes = await sizesByVersion(store, name);
  const versions = new Set([...recorded.keys(), ...sizes.keys()]);
  for (const version of [...versions].sort((a, b) => a - b)) {
    const { manifest, findings } = await checkManifest(store, name, version, recorded.get(version));
    yield* findings;
    if (!manifest) continue;
    yield* checkFiles(store, name, version, manifest, sizes.get(version) ?? new Map(), options);
    yield* checkBaseline(store, manifest, options);
  }
}

/** The same of one version alone, whose manifest is to have the SHA-256 `hash`. */
export async function* verifyVersion(
  store: ObjectStore,
  name: string,
  version: number,
  hash: string,
): AsyncIterable<Finding> {
  const { manifest, findings } = await checkManifest(store, name, version, hash);
  yield* findings;
  if (!manifest) return;
  const sizes = new Map<string, number>();
  for await (const { key, size } of store.list(versionPrefix(name, version))) sizes.set(key, size);
  yield* checkFiles(store, name, version, manifest, sizes, {});
  yield* checkBaseline(store, manifest, {});
}

/** Bytes by key, of every object that lies in each version's folder. */
async function sizesByVersion(store: ObjectStore, name: string): Promise<Map<number, Map<string, number>>> {
  const prefix = versionsPrefix(name);
  const found = new Map<number, Map<string, number>>();
  for await (const { key, size } of store.list(prefix)) {
    const version = Number(key.slice(prefix.length).split('/')[0]);
    if (!Number.isSafeInteger(version)) continue;
    found.set(version, (found.get(version) ?? new Map<string, number>()).set(key, size));
  }
  return found;
}

interface Checked {
  /** Undefined where it is not there or cannot be trusted: then nothing is said of the files. */
  readonly manifest?: Manifest;
  readonly findings: readonly Finding[];
}

async function checkManifest(store: ObjectStore, name: string, version: number, hash?: string): Promise<Checked> {
  const key = manifestKey(name, version);
  const stored = await store.get(key);
  if (!stored) {
    return {
      findings: [
        hash === undefined
          ? note('version.unfinished', claimKey(name, version), 'was claimed, and its registration is not finished.')
          : corruption('manifest.missing', key, 'is in the history, but gone.'),
      ],
    };
  }
  const manifest = readable(stored.bytes, name, version);
  if (!manifest || (hash !== undefined && sha256(stored.bytes) !== hash)) {
    const how = manifest ? `its SHA-256 is not the ${hash} of the history` : `it is no manifest of ${name}:${version}`;
    return { findings: [corruption('manifest.touched', key, `was changed: ${how}.`)] };
  }
  const unrecorded = note('version.unrecorded', key, 'is whole, but its registration is not in the history (yet).');
  return { manifest, findings: hash === undefined ? [unrecorded] : [] };
}

function readable(bytes: Uint8Array, name: string, version: number): Manifest | undefined {
  try {
    const manifest = parseManifest(bytes);
    return manifest.name === name && manifest.version === version ? manifest : undefined;
  } catch (error) {
    if (error instanceof OnnwardError) return undefined;
    throw error;
  }
}

/** For a file that was not listed: a version may be completed while the listing goes on. */
async function sizeOf(store: ObjectStore, key: string): Promise<number | undefined> {
  for await (const first of store.list(key)) return first.key === key ? first.size : undefined;
  return undefined;
}

async function* checkFiles(
  store: ObjectStore,
  name: string,
  version: number,
  { files }: Manifest,
  sizes: ReadonlyMap<string, number>,
  options: VerifyOptions,
): AsyncIterable<Finding> {
  const known = new Set([claimKey(name, version), manifestKey(name, version)]);
  for (const { path, size, sha256: hash } of files) {
    const key = `${versionPrefix(name, version)}${path}`;
    known.add(key);
    const bytes = sizes.get(key) ?? (await sizeOf(store, key));
    yield* checkObject(store, { key, size, hash, bytes }, options);
  }
  for (const key of sizes.keys()) {
    if (known.has(key) || key.startsWith(cardsPrefix(name, version))) continue;
    yield note('file.unknown', key, 'is not in the manifest. Nothing reads it.');
  }
}

/** The profile of its training rows, which lies beside the versions. */
async function* checkBaseline(
  store: ObjectStore,
  { baseline }: Manifest,
  options: VerifyOptions,
): AsyncIterable<Finding> {
  const { profile } = baseline ?? {};
  if (!profile) return;
  const { key, size, sha256: hash } = profile;
  yield* checkObject(store, { key, size, hash, bytes: await sizeOf(store, key) }, options);
}

/** What the manifest says of an object, and how many bytes it has; undefined where it is not there. */
interface Expected {
  readonly key: string;
  readonly size: number;
  readonly hash: string;
  readonly bytes: number | undefined;
}

async function* checkObject(
  store: ObjectStore,
  { key, size, hash, bytes }: Expected,
  options: VerifyOptions,
): AsyncIterable<Finding> {
  if (bytes === undefined) {
    yield corruption('file.missing', key, 'is in the manifest, but gone.');
  } else if (bytes !== size) {
    yield corruption('file.touched', key, `was changed: it has ${bytes} bytes, and the manifest says ${size}.`);
  } else if ((await hashOf(store.read(key), options)) !== hash) {
    yield corruption('file.touched', key, `was changed: its SHA-256 is not the ${hash} of the manifest.`);
  }
}

async function hashOf(chunks: AsyncIterable<Uint8Array>, { onProgress }: VerifyOptions): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of chunks) {
    hash.update(chunk);
    onProgress?.(chunk.length);
  }
  return hash.digest('hex');
}
