import { ModelRegistry } from '#constructs/model-registry.ts';
import { TrainingQueue, type TrainingQueueProps } from '#constructs/training-queue.ts';
import type { ReleaseOptions } from '#core/release/options.ts';
import type { TrainingOptions } from '#core/training/options.ts';
import { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Key } from 'aws-cdk-lib/aws-kms';
import { newApp, newStack } from '../synth.ts';

export const KEY = 'arn:aws:kms:eu-west-1:111122223333:key/1';

export interface SynthOptions extends Partial<Omit<TrainingQueueProps, 'stage' | 'registry' | 'models'>> {
  /** Of the registry. @default - keys that S3 manages */
  readonly key?: string;
  /** By its name, a model's training. @default - one model, `iris`, of an image */
  readonly models?: Readonly<Record<string, TrainingOptions>>;
  /** Of each model's releases. */
  readonly release?: ReleaseOptions;
  /** @default - not known, as where nobody has said it */
  readonly region?: string;
}

export const IMAGE = 'our/trainer:3';

/** Trainings of stage `dev`, of a registry that outlived its stack. */
export function synthTraining(
  { key, models = { iris: { image: IMAGE } }, release = {}, region, ...options }: SynthOptions = {},
  add: (training: TrainingQueue, stack: Stack) => unknown = () => undefined,
): Template {
  const stack = region === undefined ? newStack() : inRegion(region);
  const encryption = key === undefined ? {} : { encryptionKey: Key.fromKeyArn(stack, 'Key', key) };
  const registry = ModelRegistry.fromAttributes(stack, 'Registry', { bucketName: 'models', ...encryption });
  const all = Object.fromEntries(Object.entries(models).map(([name, training]) => [name, { training, release }]));
  add(new TrainingQueue(stack, 'Training', { stage: 'dev', registry, models: all, ...options }), stack);
  return Template.fromStack(stack);
}

const inRegion = (region: string): Stack => new Stack(newApp(), 'There', { env: { account: '111122223333', region } });

/** What a template says of every resource of a type. */
export const all = <T>(template: Template, type: string): T[] =>
  Object.values(template.findResources(type)).map(({ Properties }) => Properties as T);
