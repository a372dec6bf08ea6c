import type { BatchOptions } from '#core/batch/options.ts';
import { invalid } from '#core/errors.ts';
import { checkName } from '#core/model/reference.ts';
import type { Duration } from 'aws-cdk-lib';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';

/** What is scored without anybody asking, again and again. */
export interface BatchSchedule {
  /** As EventBridge has it, in UTC: `rate(1 day)`, `cron(0 6 * * ? *)`. */
  readonly rate: string;
  /** `s3://BUCKET/…`, or a key of the registry's bucket, `batch/…`; all tables below a prefix that ends in `/`. */
  readonly input: string;
}

/** A model that files are scored with. */
export interface BatchModel {
  /** Where nothing nearer to the file says otherwise. @default - as each of them says */
  readonly options?: BatchOptions;
  /** @default - only what arrives, and what is asked for */
  readonly schedule?: BatchSchedule;
}

/** What a user tunes. */
export interface BatchInferenceOptions {
  /** Executions at once that are kept for batch inference, and that it cannot exceed. @default 20 */
  readonly concurrency?: number;
  /** MB of the worker; a CPU comes with each 1769. @default 1769 */
  readonly memorySize?: number;
  /** @default 'arm64' */
  readonly architecture?: 'arm64' | 'x86_64';
  /** MB of the worker's /tmp, for a model that is larger; over 512 it costs by the second. @default 512 */
  readonly ephemeralStorageSize?: number;
  /** What the worker may take for a shard. @default Duration.minutes(15) */
  readonly timeout?: Duration;
  /** That inputs may lie in, besides the registry's; they are only read. @default - none */
  readonly inputBuckets?: readonly IBucket[];
  /** @default RetentionDays.ONE_MONTH */
  readonly logRetention?: RetentionDays;
}

/** Lambda takes 4096 bytes of environment in all. Source: its developer guide, "Lambda quotas". */
export const MOST_OPTIONS_BYTES = 3500;

/** Throws what AWS would refuse only while it deploys: `batch.range`, `batch.options_too_long`, `reference.invalid`. */
export function checkBatch(options: BatchInferenceOptions, models: Readonly<Record<string, BatchModel>>): void {
  checkWhole('concurrency', options.concurrency, 1, 10_000);
  checkWhole('memorySize', options.memorySize, 512, 10_240);
  checkWhole('ephemeralStorageSize', options.ephemeralStorageSize, 512, 10_240);
  checkWhole('timeout', options.timeout?.toSeconds(), 60, 900);
  for (const model of Object.keys(models)) checkName(model);
  const bytes = Buffer.byteLength(optionsText(models));
  if (bytes > MOST_OPTIONS_BYTES) throw tooLong(bytes, Object.keys(models).length);
}

/** By model, as the worker reads it in its environment. */
export const optionsText = (models: Readonly<Record<string, BatchModel>>): string =>
  JSON.stringify(Object.fromEntries(Object.entries(models).map(([name, { options = {} }]) => [name, options])));

function checkWhole(name: string, value: number | undefined, least: number, most: number): void {
  if (value === undefined || (Number.isInteger(value) && value >= least && value <= most)) return;
  throw invalid('batch.range', `${name} is ${value}, and is to be a whole number from ${least} to ${most}`, {
    fields: { name, value, least, most },
  });
}

const tooLong = (bytes: number, models: number) =>
  invalid(
    'batch.options_too_long',
    `the batch options of ${models} models are ${bytes} bytes long, and the worker's environment takes ${MOST_OPTIONS_BYTES}.`,
    {
      fix: 'Leave out what the columns of the files say by their names, or put options into files beside the inputs (`INPUT.batch.json`).',
      fields: { bytes, limit: MOST_OPTIONS_BYTES },
    },
  );
