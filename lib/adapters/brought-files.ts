import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { atMost } from '#core/at-most.ts';
import { OnnwardError } from '#core/errors.ts';
import { pathProblem } from '#core/model/paths.ts';
import type { ObjectReader } from '#core/ports.ts';
import type { LeftFile } from '#core/training/documents.ts';
import type { BroughtFiles } from '#core/training/world.ts';
import { download } from './local/download.ts';

/** Files on their way at once. */
const AT_ONCE = 4;

/** Brings what a trainer left below `prefix` to a folder of its own. Throws `training.corrupt`, `store.not_found`. */
export async function bringFiles(
  store: ObjectReader,
  prefix: string,
  files: readonly LeftFile[],
): Promise<BroughtFiles> {
  const folder = await mkdtemp(join(tmpdir(), 'onnward-training-'));
  const close = (): Promise<void> => rm(folder, { recursive: true, force: true });
  try {
    await atMost(AT_ONCE, files, (file) => bring(store, prefix, file, folder));
  } catch (error) {
    await close();
    throw error;
  }
  const names = new Set(files.map(({ path }) => path));
  return {
    folder,
    text: async (path) => (names.has(path) ? readFile(join(folder, path), 'utf8') : undefined),
    close,
  };
}

async function bring(store: ObjectReader, prefix: string, file: LeftFile, folder: string): Promise<void> {
  const problem = pathProblem(file.path);
  if (problem !== undefined) throw corrupt(file, `its path ${problem}`);
  await download(store.read(prefix + file.path), join(folder, file.path), {
    sha256: file.sha256,
    corrupt: (actual) => corrupt(file, `its SHA-256 is ${actual}, not ${file.sha256}`),
  });
}

const corrupt = ({ path }: LeftFile, problem: string): OnnwardError =>
  new OnnwardError(`${path} in the store is not what the trainer left: ${problem}.`, {
    code: 'training.corrupt',
    kind: 'corrupt',
    fix: 'Train again: something has changed it since.',
    fields: { path },
  });
