import { ModelRegistry } from '#constructs/model-registry.ts';
import { ReleasePipeline, type ReleasePipelineProps } from '#constructs/release-pipeline.ts';
import type { ReleaseOptions } from '#core/release/options.ts';
import type { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Key } from 'aws-cdk-lib/aws-kms';
import { newStack } from '../synth.ts';

export const KEY = 'arn:aws:kms:eu-west-1:111122223333:key/1';

/** What a model says that is released. */
export const GATED: ReleaseOptions = {
  evaluation: { data: 's3://models/evaluation/iris/heldout.csv', label: 'species' },
  gates: [{ gate: 'atLeast', metric: 'accuracy', value: 0.9 }],
};

export interface SynthOptions extends Partial<Omit<ReleasePipelineProps, 'stage' | 'registry'>> {
  /** Of the registry. @default - keys that S3 manages */
  readonly key?: string;
}

/** Releases of stage `dev` with a model `iris`, of a registry that outlived its stack. */
export function synthReleases(
  { key, ...options }: SynthOptions = {},
  add: (releases: ReleasePipeline, stack: Stack) => unknown = () => undefined,
): Template {
  const stack = newStack();
  const encryption = key === undefined ? {} : { encryptionKey: Key.fromKeyArn(stack, 'Key', key) };
  const registry = ModelRegistry.fromAttributes(stack, 'Registry', { bucketName: 'models', ...encryption });
  const models = { iris: GATED };
  const releases = new ReleasePipeline(stack, 'Releases', { stage: 'dev', registry, models, ...options });
  add(releases, stack);
  return Template.fromStack(stack);
}
