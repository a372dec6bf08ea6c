import type { BigIntStats } from 'node:fs';
import { constants, type FileHandle, open, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { OnnwardError } from '#core/errors.ts';
import type { InputReader, ObjectStat } from '#core/ports.ts';
import { changed, notFound, unreadable } from '../input-errors.ts';
import { codeOf, isAbsent } from './folder-errors.ts';
import { realFolder } from './folder-files.ts';
import { walk } from './folder-listing.ts';
import { folderOfUrl } from './open-folder.ts';
import { readAhead } from './read-ahead.ts';

type Chunks = AsyncIterable<Uint8Array>;

/** Without O_NONBLOCK, which Windows has not, a pipe would keep whoever opens it waiting for a writer. */
const READ_ONLY = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);

/**
 * Inputs as the files of a folder. A version is the size, the time of the last change in nanoseconds and the inode: it
 * tells a file that was replaced or written to, if not within one tick of the file system's clock. A file is found by name
 * also behind a symbolic link; a listing leaves links out, and what is hidden: stores, and what desktops leave behind.
 */
export class FolderInputs implements InputReader {
  readonly url: string;
  readonly #root: string;

  private constructor(root: string) {
    this.url = `file:${root}`;
    this.#root = root;
  }

  /** A folder that is not there has no inputs. Throws `store.url`, `input.unreadable`. */
  static async open(url: string): Promise<FolderInputs> {
    const root = await realFolder(folderOfUrl(url));
    await readdir(root).catch((error: unknown) => {
      if (codeOf(error) !== 'ENOENT') throw refusal(root, error);
    });
    return new FolderInputs(root);
  }

  async stat(key: string, version?: string): Promise<ObjectStat | undefined> {
    const path = this.#pathOf(key);
    if (path === undefined) return undefined;
    const stats = await stat(path, { bigint: true }).catch(unlessAbsent(path));
    const found = stats?.isFile() ? statOf(stats) : undefined;
    return version === undefined || found?.version === version ? found : undefined;
  }

  async *read(key: string, expected: ObjectStat, start: number, end: number): Chunks {
    const path = this.#pathOf(key);
    if (path === undefined) throw notFound(`${this.url}/${key}`);
    const file = await this.#open(path);
    try {
      await check(file, path, expected);
      yield* readAhead(file, start, Math.min(end, expected.size));
      await check(file, path, expected);
    } catch (error) {
      throw refusal(path, error);
    } finally {
      await file.close();
    }
  }

  async *list(prefix: string): AsyncIterable<ObjectStat & { readonly key: string }> {
    const within = prefix.lastIndexOf('/') + 1;
    if (leadsOut(prefix.slice(0, within).split('/').slice(0, -1))) return;
    try {
      for await (const { key } of walk(this.#root, prefix, '')) {
        const found = isHidden(key.slice(within)) ? undefined : await this.stat(key);
        if (found) yield { key, ...found };
      }
    } catch (error) {
      throw refusal(this.#root, error);
    }
  }

  async #open(path: string): Promise<FileHandle> {
    const file = await open(path, READ_ONLY).catch(unlessAbsent(path));
    if (file === undefined) throw notFound(path);
    return file;
  }

  /** Undefined where the key leads out of the folder. */
  #pathOf(key: string): string | undefined {
    return leadsOut(key.split(/[\\/]/)) ? undefined : join(this.#root, key);
  }
}

/** What the file system refuses, said of the path; what Onnward itself said passes as it is. */
const refusal = (path: string, error: unknown): unknown =>
  error instanceof OnnwardError ? error : unreadable(path, `cannot be read (${codeOf(error) ?? String(error)})`);

const unlessAbsent = (path: string) => (error: unknown) => {
  if (!isAbsent(error)) throw refusal(path, error);
  return undefined;
};

/** Or nowhere: no file system has a name with a NUL. */
const leadsOut = (segments: readonly string[]): boolean =>
  segments.some((segment) => ['', '.', '..'].includes(segment) || segment.includes('\0'));

const isHidden = (key: string): boolean => key.startsWith('.') || key.includes('/.');

const statOf = ({ size, mtimeNs, ino }: BigIntStats): ObjectStat => ({
  size: Number(size),
  version: `${size}-${mtimeNs}-${ino}`,
});

async function check(file: FileHandle, path: string, { version }: ObjectStat): Promise<void> {
  const stats = await file.stat({ bigint: true });
  if (!stats.isFile()) throw unreadable(path, stats.isDirectory() ? 'is a folder' : 'is not a file');
  if (statOf(stats).version !== version) throw changed(path, 'was changed since the batch was planned');
}
