import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Config } from '#config/config.ts';
import { profilingOf } from '#config/profiling.ts';
import { invalid } from '#core/errors.ts';
import type { ReleaseOptions } from '#core/release/options.ts';
import type { OptimizeOptions, TrainingOptions } from '#core/training/options.ts';
import type { ProfilingOptions } from '#core/training/world.ts';
import { usageError } from './arguments.ts';
import { fileUrl, optionsHere } from './release-function.ts';

/** What the function of trainings knows of a model. */
export interface TrainedModel {
  readonly training?: TrainingOptions;
  readonly release: ReleaseOptions;
  readonly profiling: ProfilingOptions;
}

/** A key of the store, or a bucket: nothing of this machine. */
export const isElsewhere = (url: string): boolean => /^(s3:\/\/|training\/|models\/)/.test(url);

/** What the configuration says of each model's training, with every path where this machine has it. Throws `training.no_channel`, `training.no_source`. */
export async function trainedHere(config: Config, folder: string): Promise<Record<string, TrainedModel>> {
  const releases = optionsHere(config, folder);
  const models = Object.entries(config.models ?? {}).map(async ([name, model]) => {
    const { training } = model;
    const located = training && (await locatedTraining(training, folder));
    const said = { release: releases[name] ?? {}, profiling: profilingOf(model) };
    return [name, { ...(located && { training: located }), ...said }] as const;
  });
  return Object.fromEntries(await Promise.all(models));
}

/** The same of one model's options, or of what a command says of them. */
export async function locatedTraining(options: TrainingOptions, folder: string): Promise<TrainingOptions> {
  const { source, channels, optimize } = options;
  return {
    ...options,
    ...(source !== undefined && { source: await locatedSource(source, folder) }),
    ...(channels && { channels: await locatedChannels(channels, folder) }),
    ...(optimize && { optimize: locatedRows(optimize, folder) }),
  };
}

/** As the held-out rows of an evaluation are. */
function locatedRows(optimize: OptimizeOptions, folder: string): OptimizeOptions {
  const { data, calibration } = optimize;
  return {
    ...optimize,
    ...(data !== undefined && { data: fileUrl(data, folder) }),
    ...(calibration !== undefined && { calibration: fileUrl(calibration, folder) }),
  };
}

async function locatedSource(source: string, folder: string): Promise<string> {
  const path = resolve(folder, source);
  if ((await stat(path).catch(() => undefined))?.isDirectory()) return path;
  throw invalid('training.no_source', `There is no folder ${path}, which training.source names.`, {
    fix: '`onnward init --template tabular` writes one; it is named from the folder of onnward.config.ts.',
    fields: { source, path },
  });
}

async function locatedChannels(
  channels: Readonly<Record<string, string>>,
  folder: string,
): Promise<Record<string, string>> {
  const entries = Object.entries(channels).map(
    async ([name, url]) => [name, await locatedChannel(name, url, folder)] as const,
  );
  return Object.fromEntries(await Promise.all(entries));
}

/** A folder ends in `/`, as every prefix does. */
async function locatedChannel(name: string, url: string, folder: string): Promise<string> {
  if (isElsewhere(url)) return url;
  const path = resolve(folder, url.replace(/^file:/, ''));
  const found = await stat(path).catch(() => undefined);
  if (found) return `file:${path}${found.isDirectory() ? '/' : ''}`;
  throw invalid('training.no_channel', `There is no ${path}, which the channel ${name} of the training names.`, {
    fix: 'Name a file or a folder from the folder of onnward.config.ts, an s3:// URL, or a key of the store that begins with training/.',
    fields: { channel: name, path },
  });
}

/** The one that is meant where none is named. Throws `usage.missing_argument`. */
export function trainedModel(config: Config, name: string | undefined): string {
  if (name !== undefined) return name;
  const names = Object.entries(config.models ?? {}).filter(([, { training }]) => training !== undefined);
  const [only, ...more] = names.map(([each]) => each);
  if (only !== undefined && more.length === 0) return only;
  const there = only === undefined ? 'no model has training' : `${[only, ...more].join(' and ')} have training`;
  const fix =
    only === undefined
      ? 'Run `onnward init --template tabular` for a configuration with a trainer.'
      : `Name one: onnward train ${only}`;
  throw usageError('missing_argument', `NAME is missing, and in onnward.config.ts ${there}.`, fix);
}
