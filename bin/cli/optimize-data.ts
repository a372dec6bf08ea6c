import { stat } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { hashFile } from '#adapters/local/artifact.ts';
import { OnnwardError } from '#core/errors.ts';
import { inputsPrefix } from '#core/training/keys.ts';
import type { OptimizeOptions } from '#core/training/options.ts';
import { DIGITS, sendData } from './staged-data.ts';
import { isElsewhere } from './training-options.ts';
import type { TrainingPlace } from './training-place.ts';

type Place = Pick<TrainingPlace, 'store' | 'where'>;

/** Rows that the command line names, where whoever judges has them: here, or brought to the stage. Throws `input.not_found`. */
export async function placedRows(place: Place, model: string, options: OptimizeOptions): Promise<OptimizeOptions> {
  const { data, calibration } = options;
  return {
    ...options,
    ...(data !== undefined && { data: await placed(place, model, data) }),
    ...(calibration !== undefined && { calibration: await placed(place, model, calibration) }),
  };
}

/** A path is one from where the person stands. */
async function placed({ store, where }: Place, model: string, data: string): Promise<string> {
  if (isElsewhere(data)) return data;
  const path = resolve(data.replace(/^file:/, ''));
  const isFile = await stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
  if (!isFile) throw notThere(path);
  if (where === '') return `file:${path}`;
  const key = inputsPrefix(model, (await hashFile(path)).slice(0, DIGITS)) + basename(path);
  await sendData(store, { path, key });
  return key;
}

const notThere = (path: string): OnnwardError =>
  new OnnwardError(`There is no file ${path}.`, {
    code: 'input.not_found',
    kind: 'not-found',
    fix: 'Name a file of this machine, or an s3:// URL.',
    fields: { path },
  });
