import { mkdir, open, realpath, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { invalid } from '#core/errors.ts';
import { codeOf, isAbsent } from './folder-errors.ts';
import { entries } from './folder-listing.ts';

/** Writes all chunks to a new file and flushes it to the disk. */
export async function fill(path: string, chunks: AsyncIterable<Uint8Array>): Promise<void> {
  const file = await open(path, 'wx');
  try {
    for await (const chunk of chunks) await file.writeFile(chunk);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Makes a folder and those above it, each flushed into its parent. Throws `store.link` where one is a symbolic link. */
export async function ensureFolder(folder: string): Promise<void> {
  const real = await realpath(folder).catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  });
  if (real === folder) return;
  if (real !== undefined) {
    throw invalid('store.link', `${folder} is or passes a symbolic link; the store follows none.`, {
      fields: { folder },
    });
  }
  await ensureFolder(dirname(folder));
  await mkdir(folder, { recursive: true });
  await flushFolder(dirname(folder));
}

/** Makes the names in a folder last over a power cut. Windows has no such call, and needs none. */
export async function flushFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** The path without symbolic links, as far as it is there. */
export async function realFolder(folder: string): Promise<string> {
  try {
    return await realpath(folder);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT' || dirname(folder) === folder) return folder;
    return join(await realFolder(dirname(folder)), basename(folder));
  }
}

/** Removes the files of writers that died: those that nobody has written to for `age` milliseconds. */
export async function sweep(folder: string, pattern: RegExp, age: number): Promise<void> {
  for (const { name } of await entries(folder)) {
    if (pattern.test(name) && (await idleFor(join(folder, name))) > age) await rm(join(folder, name), { force: true });
  }
}

async function idleFor(path: string): Promise<number> {
  try {
    return Date.now() - (await stat(path)).mtimeMs;
  } catch (error) {
    if (isAbsent(error)) return 0;
    throw error;
  }
}
