import { BatchInference, type BatchInferenceProps } from '#constructs/batch-inference.ts';
import { ModelRegistry } from '#constructs/model-registry.ts';
import type { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Key } from 'aws-cdk-lib/aws-kms';
import { newStack } from '../synth.ts';

export const KEY = 'arn:aws:kms:eu-west-1:111122223333:key/1';

export interface SynthOptions extends Partial<Omit<BatchInferenceProps, 'stage' | 'registry'>> {
  /** Of the registry. @default - keys that S3 manages */
  readonly key?: string;
}

/** Batch inference of stage `dev` with a model `iris`, of a registry that outlived its stack. */
export function synthBatch(
  { key, ...options }: SynthOptions = {},
  add: (batch: BatchInference, stack: Stack) => unknown = () => undefined,
): Template {
  const stack = newStack();
  const encryption = key === undefined ? {} : { encryptionKey: Key.fromKeyArn(stack, 'Key', key) };
  const registry = ModelRegistry.fromAttributes(stack, 'Registry', { bucketName: 'models', ...encryption });
  const batch = new BatchInference(stack, 'Batch', { stage: 'dev', registry, models: { iris: {} }, ...options });
  add(batch, stack);
  return Template.fromStack(stack);
}
