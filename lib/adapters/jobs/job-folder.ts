import { chmod, mkdir, readdir, readFile, rename, rm, statfs, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Fetched } from '#core/training/agent/fetched.ts';
import type { Layout } from '#core/training/contract/layout.ts';
import { foreignFolder, noRoom } from './job-errors.ts';

/** Ours, beside what the trainer reads: marks the folders as made for a training, and tells the agent how fetching ended. */
const own = ({ input }: Layout): string => join(input, '.onnward');
const notePath = (layout: Layout): string => join(own(layout), 'fetched.json');

/** Where files are that are not whole yet: on the disk of those that they become. */
export const draftsOf = (layout: Layout): string => join(own(layout), 'drafts');

/** Room that is left to the system, bytes. */
const SPARE = 64 * 2 ** 20;

export interface PrepareOptions {
  /** Whoever runs as the trainer may write there: its container has a user of its own. */
  readonly openToAll: boolean;
}

/**
 * Empties the folders of a training, of what a run before has left, and makes what is not there. Each of them may be a
 * volume of its own, so they stay themselves. Throws `training.folder` where files are not ours to delete.
 */
export async function prepareFolders(layout: Layout, { openToAll }: PrepareOptions): Promise<void> {
  const emptied = [layout.input, layout.model, layout.output, layout.checkpoints];
  const ours = (await namesIn(layout.input)).includes('.onnward');
  for (const folder of emptied) {
    const names = (await namesIn(folder)).filter((name) => name !== 'lost+found');
    if (!ours && names.length > 0) throw foreignFolder(folder);
    // What marks it goes last: whoever is interrupted here finds it his own.
    names.sort((a, b) => Number(a === '.onnward') - Number(b === '.onnward'));
    for (const name of names) await rm(join(folder, name), { recursive: true, force: true });
  }
  for (const folder of [draftsOf(layout), layout.config, layout.data]) await mkdir(folder, { recursive: true });
  for (const folder of [layout.model, layout.output, layout.outputData, layout.checkpoints]) {
    await mkdir(folder, { recursive: true });
    if (openToAll) await chmod(folder, 0o777);
  }
}

async function namesIn(folder: string): Promise<string[]> {
  return readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
}

/** Throws `training.no_room`. */
export async function checkRoom(folder: string, needed: number): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  const free = bavail * bsize - SPARE;
  if (needed > free) throw noRoom(folder, needed, Math.max(0, free));
}

/** Writes a file that is whole from the moment that it has its name. */
export async function place(path: string, text: string, layout: Layout): Promise<void> {
  const draft = join(draftsOf(layout), `${process.pid}-${performance.now()}`);
  await writeFile(draft, text);
  await rename(draft, path);
}

/** Tells the agent on this machine how fetching has ended. */
export async function writeFetched(layout: Layout, fetched: Fetched): Promise<void> {
  await mkdir(draftsOf(layout), { recursive: true });
  await place(notePath(layout), JSON.stringify(fetched), layout);
}

export const forgetFetched = (layout: Layout): Promise<void> => rm(notePath(layout), { force: true });

/** Undefined as long as this run of the job has not ended fetching. */
export async function readFetched(layout: Layout, run: string | undefined): Promise<Fetched | undefined> {
  try {
    const fetched = JSON.parse(await readFile(notePath(layout), 'utf8')) as Fetched;
    return fetched.run === run ? fetched : undefined;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
