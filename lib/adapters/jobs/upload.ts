import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import type { ObjectStore } from '#core/ports.ts';
import { readAhead } from '../local/read-ahead.ts';
import { FileChanged, type FoundFile } from './left-files.ts';
import { openFound } from './open-left.ts';
import { type Patience, patiently } from './patience.ts';

export interface UploadOptions {
  readonly store: ObjectStore;
  readonly patience: Patience;
  /** Only where no object is, and only with this content. @default - whatever it holds, over what is there */
  readonly create?: { readonly sha256: string };
  /** Hears of bytes that are on their way. @default - nobody does */
  readonly onBytes?: (count: number) => void;
  /** Where its bytes are, whatever has its name by now. @default - it is opened */
  readonly handle?: FileHandle;
}

/**
 * Writes a file to the store as it was when it was found, and gives the SHA-256 of what was written. A file that holds
 * other bytes by now leaves no object. Throws `FileChanged`, `store.*`.
 */
export async function upload(file: FoundFile, key: string, options: UploadOptions): Promise<string> {
  const { store, create, patience } = options;
  return patiently(async () => {
    let sha256 = '';
    const chunks = bytesOf(file, options, (digest) => {
      if (create && digest !== create.sha256) throw new FileChanged(file.path);
      sha256 = digest;
    });
    await store.write(key, chunks, file.size, create && { ifAbsent: true });
    return sha256;
  }, patience);
}

async function* bytesOf(
  file: FoundFile,
  { onBytes, handle }: UploadOptions,
  onEnd: (sha256: string) => void,
): AsyncIterable<Uint8Array> {
  const hash = createHash('sha256');
  await using opened = handle ? undefined : await openFound(file);
  const from = (handle ?? opened) as FileHandle;
  let size = 0;
  for await (const chunk of readAhead(from, 0, file.size)) {
    hash.update(chunk);
    size += chunk.length;
    onBytes?.(chunk.length);
    yield chunk;
  }
  const { size: now } = await from.stat();
  if (size !== file.size || now !== file.size) throw new FileChanged(file.path);
  onEnd(hash.digest('hex'));
}
