import { createHash, randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { OnnwardError } from '#core/errors.ts';
import { fileKey } from '#core/model/keys.ts';
import type { Manifest } from '#core/model/manifest.ts';
import type { ModelFiles, ObjectStore } from '#core/ports.ts';
import { isAbsent } from './folder-errors.ts';
import { sha256OfFile } from './hash.ts';

export interface MaterializeOptions {
  /** Called with the bytes that were downloaded since the last call; not for what is here already. */
  readonly onProgress?: (bytes: number) => void;
}

/**
 * A version's files on this machine: where they are, in a store of this machine; else in a folder below `cacheFolder`
 * that is named by their content, downloaded what is missing. Each file is checked by its hash before it gets its name,
 * so that processes may do this at once, and what a dead one left is made whole.
 * Throws `model.corrupt` where the store's bytes are not those of the manifest, `store.not_found`.
 */
export async function materialize(
  store: ObjectStore,
  manifest: Manifest,
  cacheFolder: string,
  options: MaterializeOptions = {},
): Promise<ModelFiles> {
  const { graph, files } = manifest;
  const keys = files.map(({ path }) => fileKey(manifest.name, manifest.version, path));
  const local = store.localPath?.(fileKey(manifest.name, manifest.version, graph));
  if (local !== undefined) return { folder: local.slice(0, -graph.length - 1), graph, files };

  const folder = join(cacheFolder, contentOf(manifest));
  for (const [index, file] of files.entries()) {
    const path = join(folder, file.path);
    if ((await hashOf(path)) === file.sha256) continue;
    await download(store.read(keys[index]!), path, file, options);
  }
  return { folder, graph, files };
}

/** Names a set of files by their paths and hashes. */
function contentOf({ files }: Manifest): string {
  const lines = files.map(({ path, sha256 }) => `${sha256}  ${path}\n`).sort();
  return createHash('sha256').update(lines.join('')).digest('hex');
}

async function hashOf(path: string): Promise<string | undefined> {
  try {
    return await sha256OfFile(path);
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

async function download(
  chunks: AsyncIterable<Uint8Array>,
  path: string,
  file: Manifest['files'][number],
  { onProgress }: MaterializeOptions,
): Promise<void> {
  const draft = `${path}.${randomUUID()}`;
  const hash = createHash('sha256');
  await mkdir(dirname(path), { recursive: true });
  async function* hashed(): AsyncIterable<Uint8Array> {
    for await (const chunk of chunks) {
      hash.update(chunk);
      onProgress?.(chunk.length);
      yield chunk;
    }
  }
  try {
    await pipeline(hashed, createWriteStream(draft, { flags: 'wx' }));
    const actual = hash.digest('hex');
    if (actual !== file.sha256) throw corrupt(file.path, file.sha256, actual);
    await rename(draft, path);
  } finally {
    await rm(draft, { force: true });
  }
}

const corrupt = (path: string, expected: string, actual: string): OnnwardError =>
  new OnnwardError(`${path} in the store is not the file of the manifest: its SHA-256 is ${actual}, not ${expected}.`, {
    code: 'model.corrupt',
    kind: 'corrupt',
    fix: "Run 'onnward verify' to see what was touched; serve another version until it is restored.",
    fields: { path, expected, actual },
  });
