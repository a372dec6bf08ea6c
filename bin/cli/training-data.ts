import { createHash } from 'node:crypto';
import { readdir, stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { hashFile } from '#adapters/local/artifact.ts';
import { inputsPrefix } from '#core/training/keys.ts';
import type { TrainingOptions } from '#core/training/options.ts';
import { DIGITS, type StagedData, stagedData } from './staged-data.ts';
import { isElsewhere, locatedTraining } from './training-options.ts';

/** The same options with every channel where the stage has it, and the files that have to be brought there. */
export async function stagedTraining(
  model: string,
  options: TrainingOptions,
  folder: string,
): Promise<{ readonly options: TrainingOptions; readonly files: readonly StagedData[] }> {
  const { channels = {} } = await locatedTraining(options, folder);
  const files: StagedData[] = [];
  const staged: Record<string, string> = {};
  for (const [name, url] of Object.entries(channels)) {
    const own = isElsewhere(options.channels?.[name] ?? '') ? undefined : await stagedChannel(model, url);
    staged[name] = own?.url ?? url;
    files.push(...(own?.files ?? []));
  }
  const rows = await stagedRows(model, options, folder);
  return {
    options: {
      ...options,
      ...(options.channels && { channels: staged }),
      ...(options.optimize && { optimize: { ...options.optimize, ...rows.keys } }),
    },
    files: [...files, ...rows.files],
  };
}

/** What variants are judged on and calibrated with, where the configuration names other rows than those of the evaluation. */
async function stagedRows(model: string, { optimize = {} }: TrainingOptions, folder: string) {
  const { data, calibration } = optimize;
  const [judged, calibrated] = await Promise.all(
    [data, calibration].map(async (each) => (each === undefined ? undefined : stagedData(model, each, folder))),
  );
  return {
    keys: { ...(judged && { data: judged.key }), ...(calibrated && { calibration: calibrated.key }) },
    files: [judged, calibrated].filter((file) => file !== undefined),
  };
}

/** A channel of this machine: its keys are a function of what it holds. */
async function stagedChannel(model: string, url: string): Promise<{ url: string; files: readonly StagedData[] }> {
  const path = resolve(url.slice('file:'.length));
  if (!(await stat(path)).isDirectory()) {
    const key = inputsPrefix(model, (await hashFile(path)).slice(0, DIGITS)) + basename(path);
    return { url: key, files: [{ path, key }] };
  }
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const names = paths.sort().map((each) => each.slice(path.length + 1));
  const hash = createHash('sha256');
  for (const name of names) hash.update(`${await hashFile(join(path, name))}  ${name}\n`);
  const prefix = inputsPrefix(model, hash.digest('hex').slice(0, DIGITS));
  return { url: prefix, files: names.map((name) => ({ path: join(path, name), key: prefix + name })) };
}
