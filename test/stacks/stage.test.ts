import type { Config } from '#config/config.ts';
import { deploymentOf } from '#config/deployment.ts';
import { addStage, type StageOptions } from '#stacks/stage.ts';
import { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, test } from 'vitest';
import { newApp } from '../constructs/synth.ts';

/** Without Docker and without a bundle of 45 MB for each architecture. */
const zip = { packaging: 'zip', architecture: 'x86_64' } as const;

const stacksOf = (config: Config, stage?: string, options?: StageOptions) =>
  addStage(newApp(), deploymentOf(config, stage), options);

/** CloudFormation replaces what changes its logical id: for these, that would lose what they hold. */
const STATEFUL = /^AWS::(S3::Bucket|S3::BucketPolicy|KMS::Key|ECR::Repository|Logs::LogGroup|Lambda::Function)$/;

function stateful(template: Template): string[] {
  const resources = template.toJSON().Resources as Record<string, { Type: string }>;
  return Object.entries(resources)
    .filter(([, { Type }]) => STATEFUL.test(Type))
    .map(([id]) => id)
    .sort();
}

describe('the stacks of a stage', () => {
  const { registry, inference } = stacksOf({ models: { iris: zip, 'credit.risk': zip } });

  test('are two, named by it, and the registry comes first', () => {
    expect([registry.stackName, inference.stackName]).toEqual(['onnward-dev-registry', 'onnward-dev']);
    expect(inference.dependencies).toEqual([registry]);
  });

  test('keep the logical ids of what holds state', () => {
    expect({
      registry: stateful(Template.fromStack(registry)),
      inference: stateful(Template.fromStack(inference)),
    }).toMatchSnapshot();
  });

  test('say where the models answer and are kept', () => {
    expect(Object.keys(Template.fromStack(registry).findOutputs('*'))).toEqual(['StoreUrl', 'RepositoryUri']);
    expect(Object.keys(Template.fromStack(inference).findOutputs('*'))).toContain('ApiUrl');
  });

  test('name the bucket by what does not change, so that it is found again', () => {
    const { inference: elsewhere, registry: named } = stacksOf({
      models: { iris: zip },
      stages: { prod: { account: '111122223333', region: 'eu-west-1' } },
    });
    const bucket = 'onnward-prod-111122223333-eu-west-1';
    Template.fromStack(named).hasResource('AWS::S3::Bucket', {
      Properties: { BucketName: bucket },
      DeletionPolicy: 'Retain',
    });
    expect(JSON.stringify(Template.fromStack(elsewhere).toJSON())).toContain(`s3://${bucket}`);
  });

  test('carry the tags of the stage', () => {
    const { inference: tagged } = stacksOf({ models: { iris: zip }, stages: { dev: { tags: { team: 'risk' } } } });
    expect(tagged.tags.tagValues()).toEqual({ 'onnward:stage': 'dev', team: 'risk' });
  });

  test('push images to a repository of their own', () => {
    const { inference: image } = stacksOf({ models: { iris: {} } });
    const text = JSON.stringify(Template.fromStack(image).toJSON());
    expect(text).toContain('/onnward-dev-inference:');
    expect(text).not.toContain('container-assets');
  });
});

describe('what the configuration says of a model', () => {
  test('reaches its function', () => {
    const { inference } = stacksOf({
      models: {
        iris: {
          ...zip,
          memory: 512,
          timeout: 5,
          reservedConcurrency: 3,
          storage: 1024,
          tracing: true,
          logRetention: 7,
        },
      },
    });
    const template = Template.fromStack(inference);
    template.hasResourceProperties('AWS::Lambda::Function', {
      FunctionName: 'onnward-dev-iris',
      MemorySize: 512,
      Timeout: 5,
      ReservedConcurrentExecutions: 3,
      EphemeralStorage: { Size: 1024 },
      TracingConfig: { Mode: 'Active' },
    });
    template.hasResourceProperties('AWS::Logs::LogGroup', { RetentionInDays: 7 });
  });

  test('`alarms: false` makes none for it', () => {
    const alarms = (models: Config['models']): number =>
      Object.keys(Template.fromStack(stacksOf({ models: models! }).inference).findResources('AWS::CloudWatch::Alarm'))
        .length;
    expect(alarms({ iris: { ...zip, alarms: false } })).toBeLessThan(alarms({ iris: zip }));
  });
});

test('more models than CloudFormation takes in a stack are refused, with how many it takes', () => {
  const models = Object.fromEntries(Array.from({ length: 60 }, (_, index) => [`model-${index}`, zip]));
  let thrown: unknown;
  try {
    stacksOf({ models });
  } catch (error) {
    thrown = error;
  }
  expect(thrown).toMatchObject({
    code: 'stack.too_many_resources',
    message: expect.stringMatching(/^60 models make \d{3,4} resources, and CloudFormation takes 500 in a stack\.$/),
    fix: expect.stringMatching(/configurations of about \d\d,/),
    fields: { models: 60, limit: 500 },
  });
});
