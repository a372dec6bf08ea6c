import { createHash, type Hash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import type { InputReader, ObjectStat } from '#core/ports.ts';
import { type Patience, patiently } from './patience.ts';
import type { Slots } from './slots.ts';

/**
 * Bytes of a part. One connection to S3 gives 85-90 MB/s, and AWS advises ranges of 8-16 MB, side by side (S3 user guide,
 * "Performance design patterns").
 */
const PART = 8 * 2 ** 20;

/** An object that is to be a file. */
export interface Wanted {
  readonly reader: InputReader;
  readonly key: string;
  readonly stat: ObjectStat;
}

export interface DownloadOptions {
  /** Shared by all that is under way at once: each holds a part in memory. */
  readonly slots: Slots;
  /** Of each part. */
  readonly patience: Patience;
  /** Hears of bytes once they are written. */
  readonly onBytes: (count: number) => void;
  /** @default - 8 MiB */
  readonly partBytes?: number;
}

type Part = readonly Uint8Array[];

/**
 * Writes an object to a new file, its parts fetched side by side and written in their order, so that it is hashed on its
 * way. Gives its SHA-256, lower-case hex. Throws `input.changed`, `input.not_found`, and what the file system says.
 */
export async function download(wanted: Wanted, path: string, options: DownloadOptions): Promise<string> {
  const hash = createHash('sha256');
  await using file = await open(path, 'wx');
  for await (const part of partsOf(wanted, options)) {
    const bytes = await writePart(file, part, hash);
    options.onBytes(bytes);
  }
  return hash.digest('hex');
}

async function writePart(file: FileHandle, part: Part, hash: Hash): Promise<number> {
  const written = part.length === 0 ? undefined : file.writev(part as Uint8Array[]);
  for (const chunk of part) hash.update(chunk); // while the system writes
  return (await written)?.bytesWritten ?? 0;
}

/**
 * Parts in their order. Whoever has turns has them for its first parts, as they are asked for in order: so the first one of
 * some object is always on its way, and none waits for ever.
 */
async function* partsOf(
  { reader, key, stat }: Wanted,
  { slots, patience, partBytes = PART }: DownloadOptions,
): AsyncIterable<Part> {
  const fetchPart = async (start: number): Promise<Part> => {
    await slots.take();
    try {
      patience.signal?.throwIfAborted();
      const end = Math.min(start + partBytes, stat.size);
      return await patiently(() => Array.fromAsync(reader.read(key, stat, start, end)), patience);
    } catch (error) {
      slots.give();
      throw error;
    }
  };
  const ahead: Promise<Part>[] = [];
  let next = 0;
  const ask = (): void => {
    for (; ahead.length < slots.count && (next < stat.size || next === 0); next += partBytes) {
      const part = fetchPart(next);
      part.catch(() => undefined); // it is awaited in its turn, if it ever comes
      ahead.push(part);
    }
  };
  try {
    for (ask(); ahead.length > 0; ask()) {
      const part = await (ahead.shift() as Promise<Part>);
      try {
        yield part;
      } finally {
        slots.give();
      }
    }
  } finally {
    for (const part of ahead) part.then(() => slots.give()).catch(() => undefined);
  }
}
