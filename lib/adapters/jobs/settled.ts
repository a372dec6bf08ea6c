import { createHash } from 'node:crypto';
import type { BigIntStats } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { readAhead } from '../local/read-ahead.ts';
import { FileChanged, type FoundFile, isGone } from './left-files.ts';
import { openNamed } from './open-left.ts';

/** A file that nobody wrote to for a while: as it was then, whatever has its name by now. */
interface Settled {
  readonly handle: FileHandle;
  readonly file: FoundFile;
  readonly sha256: string;
}

/**
 * Takes hold of a file for as long as it takes to see whether somebody writes into it, and gives `work` what it is. One that
 * others replace by renaming, however often, is held as it was when it was opened. Undefined where it does not stay as it is.
 */
export async function withSettled<T>(
  file: FoundFile,
  settleMs: number,
  work: (settled: Settled) => Promise<T>,
): Promise<T | undefined> {
  try {
    await using handle = await openNamed(file);
    const before = await handle.stat({ bigint: true });
    await sleep(settleMs);
    const sha256 = await hashOf(handle, Number(before.size));
    const after = await handle.stat({ bigint: true });
    if (contentOf(before) !== contentOf(after)) return undefined;
    const now = { ...file, size: Number(before.size), modified: Number(before.mtimeNs / 1_000_000n) };
    return await work({ handle, file: now, sha256 });
  } catch (error) {
    if (error instanceof FileChanged || isGone(error)) return undefined;
    throw error;
  }
}

/** Without the time of any change, which is that of its replacing, too. */
const contentOf = ({ size, mtimeNs, ino }: BigIntStats): string => `${size}-${mtimeNs}-${ino}`;

async function hashOf(handle: FileHandle, size: number): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of readAhead(handle, 0, size)) hash.update(chunk);
  return hash.digest('hex');
}
