import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { atMost } from '#core/at-most.ts';
import { OnnwardError } from '#core/errors.ts';
import { fileKey } from '#core/model/keys.ts';
import type { Manifest } from '#core/model/manifest.ts';
import type { ModelFiles, ObjectReader } from '#core/ports.ts';
import { download } from './download.ts';
import { isAbsent } from './folder-errors.ts';
import { sha256OfFile } from './hash.ts';

export interface MaterializeOptions {
  /** Called with the bytes that were downloaded since the last call; not for what is here already. */
  readonly onProgress?: (bytes: number) => void;
  /** Called before anything is downloaded, with the bytes that will be; may throw, for want of room. */
  readonly onMissing?: (bytes: number) => Promise<void>;
}

type File = Manifest['files'][number];

/** Files on their way at once: most models are a graph and its weights. */
const AT_ONCE = 2;

/**
 * A version's files on this machine: where they are, in a store of this machine; else in a folder below `cacheFolder`
 * that is named by their content, downloaded what is missing. Each file is checked by its hash before it gets its name,
 * so that processes may do this at once, and what a dead one left is made whole.
 * Throws `model.corrupt` where the store's bytes are not those of the manifest, `store.not_found`.
 */
export async function materialize(
  store: ObjectReader,
  manifest: Manifest,
  cacheFolder: string,
  { onProgress, onMissing }: MaterializeOptions = {},
): Promise<ModelFiles> {
  const { graph, files, name, version } = manifest;
  const local = store.localPath?.(fileKey(name, version, graph));
  if (local !== undefined) return { folder: local.slice(0, -graph.length - 1), graph, files };

  const folder = join(cacheFolder, contentOf(manifest));
  const missing = await missingOf(folder, files);
  await onMissing?.(missing.reduce((sum, { size }) => sum + size, 0));
  await atMost(AT_ONCE, missing, (file) =>
    download(store.read(fileKey(name, version, file.path)), join(folder, file.path), {
      sha256: file.sha256,
      corrupt: (actual) => corrupt(file.path, file.sha256, actual),
      ...(onProgress && { onProgress }),
    }),
  );
  return { folder, graph, files, verified: true };
}

/** Names a set of files by their paths and hashes. */
function contentOf({ files }: Manifest): string {
  const lines = files.map(({ path, sha256 }) => `${sha256}  ${path}\n`).sort();
  return createHash('sha256').update(lines.join('')).digest('hex');
}

/** The files that are not there, or are not what they should be. */
async function missingOf(folder: string, files: readonly File[]): Promise<File[]> {
  const missing: File[] = [];
  for (const file of files) if ((await hashOf(join(folder, file.path))) !== file.sha256) missing.push(file);
  return missing;
}

async function hashOf(path: string): Promise<string | undefined> {
  try {
    return await sha256OfFile(path);
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

const corrupt = (path: string, expected: string, actual: string): OnnwardError =>
  new OnnwardError(`${path} in the store is not the file of the manifest: its SHA-256 is ${actual}, not ${expected}.`, {
    code: 'model.corrupt',
    kind: 'corrupt',
    fix: "Run 'onnward verify' to see what was touched; serve another version until it is restored.",
    fields: { path, expected, actual },
  });
