import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { invalid } from '#core/errors.ts';
import { checkName } from '#core/model/reference.ts';
import { isOffered } from '#core/training/machines.ts';
import type { TrainedModel } from '#packaging/training.ts';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';

/** What the configuration says of the training of each model, by its name in the registry. */
export type TrainingModels = Readonly<Record<string, TrainedModel>>;

/** A network that is there already. */
export interface ExistingNetwork {
  readonly vpcId: string;
  /** They have to reach ECS, ECR, CloudWatch Logs and S3. */
  readonly subnetIds: readonly string[];
}

/** What a user tunes. */
export interface TrainingQueueOptions {
  /** Families of EC2, of which the smallest fitting sizes are taken, or sizes. @default - g4dn, g5, g6 for trainers with GPUs; c6i, m6i, r6i for others */
  readonly instanceTypes?: readonly string[];
  /** Spare machines first, and those on demand where there are none. @default true */
  readonly spot?: boolean;
  /** vCPUs that machines of a queue may have together. @default 64 */
  readonly maxCpus?: number;
  /** `public`: subnets of a VPC of its own, that nothing outside can open a connection to. `private`: without a way out but six endpoints, which cost by the hour. @default 'public' */
  readonly network?: 'public' | 'private' | ExistingNetwork;
  /** GB of a machine's disk: images, data, checkpoints. @default 100 */
  readonly volumeSize?: number;
  /** The folder that sources of trainers are named from. @default - the one that this process runs in */
  readonly folder?: string;
  /** MB of the function; a CPU comes with each 1769. @default 1769 */
  readonly memorySize?: number;
  /** Of the function; machines are x86_64. @default 'arm64' */
  readonly architecture?: 'arm64' | 'x86_64';
  /** MB of the function's /tmp, for models that it checks; over 512 it costs by the second. @default 2048 */
  readonly ephemeralStorageSize?: number;
  /** @default RetentionDays.ONE_MONTH */
  readonly logRetention?: RetentionDays;
}

/** Throws what AWS would refuse only while it deploys: `training.range`, `training.no_source`, `reference.invalid`. */
export function checkTraining(options: TrainingQueueOptions, models: TrainingModels): void {
  checkWhole('maxCpus', options.maxCpus, 4, 100_000);
  checkWhole('volumeSize', options.volumeSize, 30, 16_384);
  checkWhole('memorySize', options.memorySize, 512, 10_240);
  checkWhole('ephemeralStorageSize', options.ephemeralStorageSize, 512, 10_240);
  for (const name of options.instanceTypes ?? []) if (!isOffered(name)) throw notOffered(name);
  for (const [model, { training }] of Object.entries(models)) {
    checkName(model);
    checkApart(model, Object.keys(models));
    if (training.source !== undefined) checkSource(model, training.source, options.folder);
  }
}

/** What is granted of the trainings of `digits` is granted of all whose keys begin with `digits-t1`, and so on to 9. */
function checkApart(model: string, all: readonly string[]): void {
  const other = all.find((each) => model.startsWith(`${each}-t`) && /^[1-9]/.test(model.slice(each.length + 2)));
  if (other === undefined) return;
  throw invalid('reference.invalid', `the model ${model} is called as a training of the model ${other} is`, {
    fix: `Train one of them under another name: ${other} may do what it likes with whatever begins so.`,
    fields: { model, other },
  });
}

/** One that only optimizes gets its models from elsewhere. */
export const hasTrainer = ({ training }: Pick<TrainedModel, 'training'>): boolean =>
  training.source !== undefined || training.image !== undefined;

/** Whether a version is released without anybody asking. */
export const releasesByItself = (models: TrainingModels): boolean =>
  Object.values(models).some(({ training }) => training.release);

/** Where the source of a trainer lies. */
export const sourceFolder = (source: string, folder = '.'): string => resolve(folder, source);

function checkSource(model: string, source: string, folder: string | undefined): void {
  const path = sourceFolder(source, folder);
  const missing = !existsSync(path)
    ? path
    : !existsSync(resolve(path, 'Dockerfile'))
      ? `${path}/Dockerfile`
      : undefined;
  if (missing === undefined) return;
  throw invalid('training.no_source', `models.${model}.training.source is ${source}, and there is no ${missing}.`, {
    fix: 'Name a folder with train.py, requirements.txt and a Dockerfile, or an `image` instead; `onnward init --template tabular` makes one.',
    fields: { model, source },
  });
}

const notOffered = (name: string) =>
  invalid('training.range', `instanceTypes has ${name}, whose price is not known: no budget could be kept there`, {
    fields: { name },
  });

function checkWhole(name: string, value: number | undefined, least: number, most: number): void {
  if (value === undefined || (Number.isInteger(value) && value >= least && value <= most)) return;
  throw invalid('training.range', `${name} is ${value}, and is to be a whole number from ${least} to ${most}`, {
    fields: { name, value, least, most },
  });
}
