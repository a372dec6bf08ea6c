import type { Dirent, Stats } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { ListedObject } from '#core/ports.ts';
import { isAbsent } from './folder-errors.ts';

/**
 * Entries of a folder in the order of their keys: a folder sorts as `name/`. Links, sockets and the like are left out,
 * and behind a link there is nothing.
 */
export async function entries(folder: string): Promise<{ name: string; isFolder: boolean }[]> {
  return (await directoryEntries(folder))
    .filter((entry) => entry.isFile() || entry.isDirectory())
    .map((entry) => ({ name: entry.name, isFolder: entry.isDirectory() }))
    .map((entry) => ({ entry, order: Buffer.from(entry.isFolder ? `${entry.name}/` : entry.name) }))
    .sort((a, b) => Buffer.compare(a.order, b.order))
    .map(({ entry }) => entry);
}

async function directoryEntries(folder: string): Promise<Dirent[]> {
  const path = resolve(folder);
  try {
    return (await realpath(path)) === path ? await readdir(path, { withFileTypes: true }) : [];
  } catch (error) {
    if (isAbsent(error)) return [];
    throw error;
  }
}

const isAfter = (key: string, other: string): boolean => Buffer.compare(Buffer.from(key), Buffer.from(other)) > 0;

/** Walks the files below `root` whose keys begin with `prefix` and come after `after`; opens no folder that has none. */
export async function* walk(root: string, prefix: string, after: string): AsyncIterable<ListedObject> {
  yield* walkFolder(prefix.slice(0, prefix.lastIndexOf('/') + 1));

  async function* walkFolder(folder: string): AsyncIterable<ListedObject> {
    for (const { name, isFolder } of await entries(join(root, folder))) {
      const key = `${folder}${name}`;
      if (isFolder) {
        if (mayHold(`${key}/`)) yield* walkFolder(`${key}/`);
      } else if (key.startsWith(prefix) && isAfter(key, after)) {
        const found = await statOf(join(root, key));
        if (found) yield { key, size: found.size, modifiedAt: Math.floor(found.mtimeMs) };
      }
    }
  }

  function mayHold(folder: string): boolean {
    if (!folder.startsWith(prefix) && !prefix.startsWith(folder)) return false;
    return after.startsWith(folder) || isAfter(folder, after);
  }
}

async function statOf(path: string): Promise<Stats | undefined> {
  try {
    return await stat(path);
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}
