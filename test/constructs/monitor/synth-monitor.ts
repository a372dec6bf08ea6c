/* oxlint-disable unicorn/no-thenable -- `then` is a word of the configuration */
import { InferenceService } from '#constructs/inference-service.ts';
import { LiveAliasProvider } from '#constructs/live-alias.ts';
import { ModelMonitor, type ModelMonitorProps } from '#constructs/model-monitor.ts';
import { ModelRegistry } from '#constructs/model-registry.ts';
import type { WatchedModel } from '#core/monitoring/monitor/world.ts';
import type { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Key } from 'aws-cdk-lib/aws-kms';
import { newStack } from '../synth.ts';

export const KEY = 'arn:aws:kms:eu-west-1:111122223333:key/1';

/** What a model says that is watched. */
export const WATCHED: WatchedModel = {
  watch: { accuracy: { below: 0.9, window: '1h', minimum: 100, then: 'notify' }, drift: { then: 'notify' } },
  capture: {},
  feedback: {},
};

export interface SynthOptions extends Partial<Omit<ModelMonitorProps, 'stage' | 'registry' | 'services'>> {
  /** Of the registry. @default - keys that S3 manages */
  readonly key?: string;
}

/** Monitoring of stage `dev` with a model `iris`, of a registry that outlived its stack. */
export function synthMonitor(
  { key, ...options }: SynthOptions = {},
  add: (monitor: ModelMonitor, stack: Stack) => unknown = () => undefined,
): Template {
  const stack = newStack();
  const encryption = key === undefined ? {} : { encryptionKey: Key.fromKeyArn(stack, 'Key', key) };
  const registry = ModelRegistry.fromAttributes(stack, 'Registry', { bucketName: 'models', ...encryption });
  const liveAliases = new LiveAliasProvider(stack, 'LiveAliases', { stage: 'dev' });
  const service = new InferenceService(stack, 'Service', {
    stage: 'dev',
    model: 'iris',
    registry,
    liveAliases,
    packaging: 'zip',
  });
  const models = { iris: WATCHED };
  const monitor = new ModelMonitor(stack, 'Monitor', {
    stage: 'dev',
    registry,
    models,
    services: [service],
    ...options,
  });
  add(monitor, stack);
  return Template.fromStack(stack);
}
