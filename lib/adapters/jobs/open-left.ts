import { constants } from 'node:fs';
import { type FileHandle, open, readlink, realpath } from 'node:fs/promises';
import { FileChanged, type FoundFile, identityOf } from './left-files.ts';

/** A link is not followed, and whoever opens a pipe does not wait for somebody at its other end. */
const FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/**
 * Opens what a trainer has left, which may have become something else by now: a link, a pipe, or a name in a folder that was
 * swapped for a link. Undefined for all that is no file within `within`, which ends in a separator. Throws what the file
 * system says.
 */
export async function openWithin(path: string, within: string): Promise<FileHandle | undefined> {
  const handle = await open(path, FLAGS);
  try {
    if ((await handle.stat()).isFile() && (await placeOf(handle, path)).startsWith(within)) return handle;
  } catch (error) {
    await handle.close();
    throw error;
  }
  await handle.close();
  return undefined;
}

/** The very file that was found, or nothing. Throws `FileChanged`. */
export async function openFound(file: FoundFile): Promise<FileHandle> {
  const handle = await openNamed(file);
  if (identityOf(await handle.stat({ bigint: true })) === file.identity) return handle;
  await handle.close();
  throw new FileChanged(file.path);
}

/** What has the name of a file that was found, which may be another file by now. Throws `FileChanged`. */
export async function openNamed({ path, from, within }: FoundFile): Promise<FileHandle> {
  const handle = await openWithin(from, within);
  if (handle) return handle;
  throw new FileChanged(path);
}

/** Linux knows where it has opened it, whatever a path leads to by now. */
const placeOf = (handle: FileHandle, path: string): Promise<string> =>
  readlink(`/proc/self/fd/${handle.fd}`).catch(() => realpath(path));
