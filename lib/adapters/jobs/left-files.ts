import type { BigIntStats, Dirent } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';

/** A file that a trainer has left, as it was when it was looked at. */
export interface FoundFile {
  /** Below the folder, with `/`. */
  readonly path: string;
  /** Where its bytes are. */
  readonly from: string;
  /** Bytes. */
  readonly size: number;
  /** Milliseconds since 1970, of the last change of its content. */
  readonly modified: number;
  /** The same of the last change of anything: nobody can set this one. */
  readonly changed: number;
  /** Tells it from what it was before, and after. */
  readonly state: string;
  /** Tells it from any other file. */
  readonly identity: string;
  /** What it has to be in: a real path, with a separator behind it. */
  readonly within: string;
}

export interface Found {
  /** In the order of their paths. */
  readonly files: readonly FoundFile[];
  /** What is neither a file nor a folder, or leads out of the trainer's folders: paths, with the reason. */
  readonly passedOver: readonly string[];
}

/**
 * The files below a folder, hidden ones too. A link to a file within `base` counts as that file, as trainers link the best
 * of their checkpoints; any other one is passed over, and so is what disappears meanwhile.
 */
export async function findFiles(folder: string, base: string): Promise<Found> {
  const files: FoundFile[] = [];
  const passedOver: string[] = [];
  const within = await withinOf(base);
  const look = async (path: string, entry: Dirent): Promise<void> => {
    const from = join(folder, path);
    if (entry.isDirectory()) return walk(path);
    const target = entry.isSymbolicLink() ? await ifThere(realpath(from)) : from;
    const stats =
      target !== undefined && (from === target || target.startsWith(within)) ? await fileAt(target) : 'other';
    if (stats === 'other') passedOver.push(`${path} (${entry.isSymbolicLink() ? 'a link to elsewhere' : 'no file'})`);
    else if (stats) files.push(describe({ path, from: target as string, within }, stats));
  };
  const walk = async (inner: string): Promise<void> => {
    const entries = (await ifThere(readdir(join(folder, inner), { withFileTypes: true }))) ?? [];
    for (const entry of entries) await look(inner === '' ? entry.name : `${inner}/${entry.name}`, entry);
  };
  await walk('');
  return { files: files.sort((a, b) => (a.path < b.path ? -1 : 1)), passedOver };
}

/** The same file as it is now; undefined where it is none any more. */
export async function lookAgain(file: FoundFile): Promise<FoundFile | undefined> {
  const stats = await fileAt(file.from);
  return stats === undefined || stats === 'other' ? undefined : describe(file, stats);
}

/** Undefined where it is not there any more. */
async function fileAt(path: string): Promise<BigIntStats | 'other' | undefined> {
  const stats = await ifThere(stat(path, { bigint: true }));
  return stats === undefined || stats.isFile() ? stats : 'other';
}

type Named = Pick<FoundFile, 'path' | 'from' | 'within'>;

const describe = ({ path, from, within }: Named, stats: BigIntStats): FoundFile => ({
  path,
  from,
  within,
  size: Number(stats.size),
  modified: Number(stats.mtimeNs / 1_000_000n),
  changed: Number(stats.ctimeNs / 1_000_000n),
  state: `${stats.size}-${stats.mtimeNs}-${stats.ctimeNs}-${stats.ino}`,
  identity: identityOf(stats),
});

export const identityOf = ({ dev, ino }: BigIntStats): string => `${dev}-${ino}`;

/** What the files in a folder have in front of their real paths. */
export const withinOf = async (base: string): Promise<string> => `${await realpath(base)}${sep}`;

/** That a file is not, or no longer, what was looked at. */
export class FileChanged extends Error {
  override readonly name = 'FileChanged';
}

async function ifThere<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (isGone(error)) return undefined;
    throw error;
  }
}

export const isGone = (error: unknown): boolean =>
  ['ENOENT', 'ENOTDIR', 'ELOOP', 'ENXIO'].includes((error as NodeJS.ErrnoException).code ?? '');
