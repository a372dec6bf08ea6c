import { invalid } from '#core/errors.ts';
import { checkName } from '#core/model/reference.ts';
import type { ReleaseOptions } from '#core/release/options.ts';
import type { Duration } from 'aws-cdk-lib';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { IBucket } from 'aws-cdk-lib/aws-s3';

/** What the configuration says of the releases of each model, by its name in the registry. */
export type ReleaseModels = Readonly<Record<string, ReleaseOptions>>;

/** What a user tunes. */
export interface ReleasePipelineOptions {
  /** Shards of an evaluation at once. None is reserved: an abort never waits for them. @default 10 */
  readonly concurrency?: number;
  /** MB of the function; a CPU comes with each 1769. @default 1769 */
  readonly memorySize?: number;
  /** @default 'arm64' */
  readonly architecture?: 'arm64' | 'x86_64';
  /** MB of the function's /tmp, which champion and challenger share; over 512 it costs by the second. @default 512 */
  readonly ephemeralStorageSize?: number;
  /** What the function may take for one task: a shard, or all bootstraps of the gates. @default Duration.minutes(15) */
  readonly timeout?: Duration;
  /** That held-out rows may lie in, besides the registry's; they are only read. @default - none */
  readonly inputBuckets?: readonly IBucket[];
  /** @default RetentionDays.ONE_MONTH */
  readonly logRetention?: RetentionDays;
}

/** Throws what AWS would refuse only while it deploys: `release.range`, `reference.invalid`. */
export function checkReleases(options: ReleasePipelineOptions, models: ReleaseModels): void {
  checkWhole('concurrency', options.concurrency, 1, 1000);
  checkWhole('memorySize', options.memorySize, 512, 10_240);
  checkWhole('ephemeralStorageSize', options.ephemeralStorageSize, 512, 10_240);
  checkWhole('timeout', options.timeout?.toSeconds(), 60, 900);
  for (const model of Object.keys(models)) checkName(model);
}

/** Functions of AWS that are gates of any of the models. */
export const gateFunctions = (models: ReleaseModels): string[] => [
  ...new Set(customGates(models).filter((run) => run.startsWith('arn:'))),
];

/** Modules that are gates of any of the models, as the configuration names them. */
export const gateModules = (models: ReleaseModels): string[] => [
  ...new Set(customGates(models).filter((run) => !run.startsWith('arn:'))),
];

const customGates = (models: ReleaseModels): string[] =>
  Object.values(models).flatMap(({ gates = [] }) => gates.flatMap((gate) => (gate.gate === 'custom' ? gate.run : [])));

function checkWhole(name: string, value: number | undefined, least: number, most: number): void {
  if (value === undefined || (Number.isInteger(value) && value >= least && value <= most)) return;
  throw invalid('release.range', `${name} is ${value}, and is to be a whole number from ${least} to ${most}`, {
    fields: { name, value, least, most },
  });
}
