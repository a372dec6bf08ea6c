import { resolve } from 'node:path';
import { type LocalFunction, openFunction } from '#adapters/local/workflow/functions.ts';
import type { Config } from '#config/config.ts';
import { PIN, RELEASE } from '#core/deployment/names.ts';
import { LIVE_ROWS_PREFIX } from '#core/monitoring/keys.ts';
import type { ReleaseOptions } from '#core/release/options.ts';
import { releaseOptionsOf } from '#config/deployment.ts';
import type { Workplace } from './registry.ts';

/** The function of releases in processes of this machine: one for the states, and more only for shards of an evaluation. */
export const openReleaseFunction = ({ store, config, folder }: Workplace, processes: number): LocalFunction =>
  openFunction({
    handler: 'functions/release/handler.ts',
    processes,
    background: true,
    environment: {
      [PIN.store]: store.url,
      [RELEASE.models]: JSON.stringify(optionsHere(config, folder)),
      [RELEASE.folder]: folder,
      [RELEASE.concurrency]: String(processes),
    },
  });

/** What the configuration says of each model's releases, with every file where this machine has it. */
export const optionsHere = ({ models = {} }: Config, folder: string): Record<string, ReleaseOptions> =>
  Object.fromEntries(Object.entries(models).map(([name, model]) => [name, located(releaseOptionsOf(model), folder)]));

function located(options: ReleaseOptions, folder: string): ReleaseOptions {
  const { evaluation, shadow } = options;
  return {
    ...options,
    ...(evaluation && { evaluation: { ...evaluation, data: fileUrl(evaluation.data, folder) } }),
    ...(shadow && shadow.data !== undefined && { shadow: { ...shadow, data: fileUrl(shadow.data, folder) } }),
  };
}

/** A path of the configuration is beside it; live rows are in the store. */
export const fileUrl = (data: string, folder: string): string =>
  data.startsWith('s3://') || data.startsWith(LIVE_ROWS_PREFIX)
    ? data
    : `file:${resolve(folder, data.replace(/^file:/, ''))}`;
