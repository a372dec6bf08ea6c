/* oxlint-disable unicorn/no-thenable -- `then` is a word of the configuration */
import { ModelMonitor } from '#constructs/model-monitor.ts';
import { ModelRegistry } from '#constructs/model-registry.ts';
import { ReleasePipeline } from '#constructs/release-pipeline.ts';
import { TrainingQueue } from '#constructs/training-queue.ts';
import type { ActionKind } from '#core/monitoring/watch-options.ts';
import { stageMonitoring } from '#packaging/monitoring.ts';
import type { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { describe, expect, test } from 'vitest';
import { flat } from './api/synth-api.ts';
import { KEY, synthMonitor, WATCHED } from './monitor/synth-monitor.ts';
import { GATED } from './release/synth-releases.ts';
import { type Statement, statementsOf } from './service.ts';
import { assetOf, newStack } from './synth.ts';

const IMAGE = '111122223333.dkr.ecr.eu-west-1.amazonaws.com/trainer:3';

const environmentOf = (template: Template): Record<string, unknown> => {
  const [found] = Object.values(
    template.findResources('AWS::Lambda::Function', { Properties: { FunctionName: 'onnward-dev--monitor' } }),
  );
  return (found as { Properties: { Environment: { Variables: Record<string, unknown> } } }).Properties.Environment
    .Variables;
};

/** With what acts, where the model's drift has `then`. */
function acting(then: ActionKind): Template {
  const stack = newStack();
  const registry = ModelRegistry.fromAttributes(stack, 'Registry', { bucketName: 'models' });
  const common = { stage: 'dev', registry };
  const releases = new ReleasePipeline(stack, 'Releases', { ...common, models: { iris: GATED } });
  const training = new TrainingQueue(stack, 'Training', {
    ...common,
    models: { iris: { training: { image: IMAGE }, release: GATED } },
  });
  const topic = new Topic(stack, 'Topic');
  const models = { iris: { watch: { drift: { then } } } };
  new ModelMonitor(stack, 'Monitor', { ...common, models, releases, training, topic });
  return Template.fromStack(stack);
}

describe('the function', () => {
  test('has a quarter of an hour, and what it is for', () => {
    const template = synthMonitor();
    template.hasResourceProperties('AWS::Lambda::Function', {
      FunctionName: 'onnward-dev--monitor',
      Runtime: 'nodejs24.x',
      Handler: 'handler.handler',
      Architectures: ['arm64'],
      MemorySize: 1769,
      Timeout: 900,
      ReservedConcurrentExecutions: Match.absent(),
      DeadLetterConfig: { TargetArn: { 'Fn::GetAtt': [Match.stringLikeRegexp('^MonitorUndelivered'), 'Arn'] } },
    });
    expect(environmentOf(template)).toEqual({
      ONNWARD_STORE: 's3://models',
      ONNWARD_STAGE: 'dev',
      POWERTOOLS_SERVICE_NAME: 'onnward-dev',
    });
  });

  test('knows whom it tells, and who rolls back and trains', () => {
    const { ONNWARD_TOPIC: topic, ONNWARD_RELEASE_FUNCTION: release, ...rest } = environmentOf(acting('rollback'));
    expect(topic).toEqual({ Ref: expect.stringMatching(/^Topic/) as string });
    expect(release).toEqual({ Ref: expect.stringMatching(/^ReleasesFunction/) as string });
    expect(rest['ONNWARD_TRAINING_WORKFLOW']).toEqual({ Ref: expect.stringMatching(/^TrainingWorkflow/) as string });
  });

  test('has what is said of its models in its code', () => {
    const staged = stageMonitoring({ architecture: 'arm64', models: { iris: WATCHED } });
    synthMonitor().hasResourceProperties('AWS::Lambda::Function', {
      FunctionName: 'onnward-dev--monitor',
      Code: Match.objectLike({ S3Key: assetOf(staged) }),
    });
  });

  test('is as large as it is told to be', () => {
    synthMonitor({ memorySize: 3538, architecture: 'x86_64', ephemeralStorageSize: 1024 }).hasResourceProperties(
      'AWS::Lambda::Function',
      {
        FunctionName: 'onnward-dev--monitor',
        MemorySize: 3538,
        Architectures: ['x86_64'],
        EphemeralStorage: { Size: 1024 },
      },
    );
  });

  test.each([
    [{ memorySize: 100 }, 'memorySize is 100, and is to be a whole number from 512 to 10240'],
    [{ ephemeralStorageSize: 99_999 }, 'ephemeralStorageSize is 99999'],
    [{ models: { 'no name': WATCHED } }, 'no name'],
  ])('is refused with %j', (options, message) => {
    expect(() => synthMonitor(options)).toThrow(message);
  });
});

describe('what it may do', () => {
  const statements = (template: Template): Statement[] => statementsOf(template, 'MonitorRole');
  const on = (template: Template, action: string): string[] =>
    statements(template)
      .filter(({ Action }) => [Action].flat().includes(action))
      .flatMap(({ Resource }) => [Resource].flat())
      .map((resource) => flat(resource).replace(/^.*:s3:::models\//, ''))
      .sort();
  const template = synthMonitor({ models: { iris: WATCHED, digits: WATCHED } });
  const NINE = ['1', '2', '3', '4', '5', '6', '7', '8', '9'];
  const LOOKED_AT = ['capture', 'feedback', 'ground-truth'];

  test('is to read what is captured of its models, and what it has found', () => {
    const found = ['baselines', 'keys/capture', 'live-rows', 'monitoring', 'profiles', 'releases', 'reports'];
    const expected = ['iris', 'digits'].flatMap((model) =>
      [...LOOKED_AT, 'models'].map((kind) => `${kind}/${model}/*`),
    );
    expect(on(template, 's3:GetObject')).toEqual([...expected, ...found.map((kind) => `${kind}/*`)].sort());
  });

  test('is to see what came of trainings that it may have asked for', () => {
    const trainings = NINE.map((digit) => `training/iris-t${digit}*`);
    expect(on(acting('retrain'), 's3:GetObject')).toEqual(expect.arrayContaining(trainings));
    expect(on(acting('rollback'), 's3:GetObject').filter((key) => key.startsWith('training/'))).toEqual([]);
  });

  test('is to write what it finds, the history, and captures without whom is forgotten: no version, no alias', () => {
    const found = ['live-rows', 'monitoring', 'profiles', 'reports'].map((kind) => `${kind}/*`);
    const expected = ['iris', 'digits'].flatMap((model) => [
      ...LOOKED_AT.map((kind) => `${kind}/${model}/*`),
      `models/${model}/history/*`,
    ]);
    expect(on(template, 's3:PutObject')).toEqual([...expected, ...found].sort());
  });

  test('is to put metrics into our namespace, and no other', () => {
    const [put] = statements(template).filter(({ Action }) => Action === 'cloudwatch:PutMetricData');
    expect(put?.Condition).toEqual({ StringEquals: { 'cloudwatch:namespace': 'Onnward' } });
  });

  test.each<[ActionKind, boolean, boolean]>([
    ['notify', false, false],
    ['rollback', true, false],
    ['retrain', false, true],
    ['approve', false, true],
  ])('is to act as the configuration says, and no further: %s', (then, rollsBack, trains) => {
    const found = acting(then);
    expect(on(found, 'lambda:InvokeFunction')).toHaveLength(rollsBack ? 1 : 0);
    expect(on(found, 'states:StartExecution')).toHaveLength(trains ? 1 : 0);
    expect(on(found, 'sns:Publish')).toHaveLength(1);
  });

  test('takes the key of the registry, where it has one', () => {
    const keyed = statements(synthMonitor({ key: KEY })).filter(({ Resource }) => Resource === KEY);
    expect(keyed.map(({ Action }) => Action)).toEqual([['kms:Decrypt', 'kms:GenerateDataKey']]);
  });
});

describe('a grant', () => {
  const granted = (grant: (monitor: ModelMonitor, role: Role) => unknown, options = {}): Statement[] =>
    statementsOf(
      synthMonitor(options, (monitor, stack) => {
        grant(monitor, new Role(stack, 'Somebody', { assumedBy: new ServicePrincipal('ec2.amazonaws.com') }));
      }),
      'Somebody',
    );

  test('lets somebody have models looked at, decide and forget', () => {
    const [only, ...others] = granted((monitor, role) => monitor.grantOperate(role));
    expect(others).toEqual([]);
    expect(only?.Action).toBe('lambda:InvokeFunction');
    expect([only?.Resource].flat().map((resource) => flat(resource))[0]).toContain('MonitorFunction');
  });

  test('lets somebody bring truths of one model', () => {
    const [one, other] = granted((monitor, role) => monitor.grantGroundTruth(role, 'iris'), { key: KEY });
    expect(one?.Resource).toBe(KEY);
    expect(other?.Action).toEqual(['s3:AbortMultipartUpload', 's3:PutObject']);
    expect(flat(other?.Resource)).toMatch(/:s3:::models\/ground-truth\/iris\/\*$/);
  });
});

test.each<[string, (monitor: ModelMonitor) => Metric, string, string]>([
  ['runs', (monitor) => monitor.metricRuns(), 'AWS/Lambda', 'Invocations'],
  ['errors', (monitor) => monitor.metricErrors(), 'AWS/Lambda', 'Errors'],
  ['durations', (monitor) => monitor.metricDuration(), 'AWS/Lambda', 'Duration'],
  ['what is not delivered', (monitor) => monitor.metricUndelivered(), 'AWS/SQS', 'ApproximateNumberOfMessagesVisible'],
])('has a metric of %s', (_, metricOf, namespace, name) => {
  synthMonitor({}, (monitor) => {
    const { namespace: found, metricName } = metricOf(monitor);
    expect([found, metricName]).toEqual([namespace, name]);
  });
});
