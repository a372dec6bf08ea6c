import { readFileSync } from 'node:fs';
import { ModelRegistry } from '#constructs/model-registry.ts';
import { ReleasePipeline } from '#constructs/release-pipeline.ts';
import { stageRelease } from '#packaging/release.ts';
import { Duration } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import type { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { type IGrantable, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { describe, expect, test } from 'vitest';
import { flat } from './api/synth-api.ts';
import { assetOf, newStack } from './synth.ts';
import { GATED, KEY, synthReleases } from './release/synth-releases.ts';
import { textOf } from '../stacks/proofs/template.ts';
import { statementsOf } from './service.ts';

const environmentOf = (template: Template): Record<string, unknown> => {
  const [found] = Object.values(
    template.findResources('AWS::Lambda::Function', { Properties: { FunctionName: 'onnward-dev--release' } }),
  );
  return (found as { Properties: { Environment: { Variables: Record<string, unknown> } } }).Properties.Environment
    .Variables;
};

describe('the function', () => {
  test('has a quarter of an hour, no reservation that an abort could wait for, and what it is for', () => {
    const template = synthReleases();
    template.hasResourceProperties('AWS::Lambda::Function', {
      FunctionName: 'onnward-dev--release',
      Runtime: 'nodejs24.x',
      Handler: 'handler.handler',
      Architectures: ['arm64'],
      MemorySize: 1769,
      Timeout: 900,
      ReservedConcurrentExecutions: Match.absent(),
    });
    const { ONNWARD_WORKFLOW: workflow, ...environment } = environmentOf(template);
    expect(flat(workflow)).toMatch(/:states:.*:stateMachine:onnward-dev--release$/);
    expect(environment).toEqual({
      ONNWARD_STORE: 's3://models',
      ONNWARD_STAGE: 'dev',
      ONNWARD_RELEASE_CONCURRENCY: '10',
      POWERTOOLS_SERVICE_NAME: 'onnward-dev',
    });
  });

  test('has the options of its models in its code, as many as there are', () => {
    const codeOf = (template: Template): unknown => {
      const [found] = Object.values(
        template.findResources('AWS::Lambda::Function', { Properties: { FunctionName: 'onnward-dev--release' } }),
      );
      return (found as { Properties: { Code: unknown } }).Properties.Code;
    };
    const models = Object.fromEntries(Array.from({ length: 40 }, (_, index) => [`model-${index}`, GATED]));
    const staged = stageRelease({ architecture: 'arm64', models });
    expect(codeOf(synthReleases({ models }))).toMatchObject({ S3Key: assetOf(staged) });
    expect(codeOf(synthReleases({ models }))).not.toEqual(codeOf(synthReleases()));
    expect(JSON.stringify(environmentOf(synthReleases({ models })))).not.toContain('model-0');
  });

  test('is as large as it is told to be', () => {
    const options = { concurrency: 3, memorySize: 3538, ephemeralStorageSize: 4096, timeout: Duration.minutes(5) };
    const template = synthReleases({ ...options, architecture: 'x86_64' });
    template.hasResourceProperties('AWS::Lambda::Function', {
      Architectures: ['x86_64'],
      MemorySize: 3538,
      Timeout: 300,
      EphemeralStorage: { Size: 4096 },
    });
    expect(environmentOf(template)).toMatchObject({ ONNWARD_RELEASE_CONCURRENCY: '3' });
  });

  test('knows whom it tells', () => {
    const template = withTopic();
    expect(environmentOf(template)).toMatchObject({ ONNWARD_TOPIC: { Ref: expect.stringMatching(/^Topic/) } });
  });
});

/** With somebody to tell. */
function withTopic(): Template {
  const stack = newStack();
  const registry = ModelRegistry.fromAttributes(stack, 'Registry', { bucketName: 'models' });
  const topic = new Topic(stack, 'Topic');
  new ReleasePipeline(stack, 'Releases', { stage: 'dev', registry, models: { iris: GATED }, topic });
  return Template.fromStack(stack);
}

describe('what it may do', () => {
  const statements = statementsOf(synthReleases({ models: { iris: GATED, digits: GATED } }), 'ReleasesRole');
  const of = (action: string) => statements.filter(({ Action }) => [Action].flat().includes(action));
  const on = (action: string) =>
    of(action)
      .flatMap(({ Resource }) =>
        [Resource].flat().map((arn) => flat(arn).replace(/^arn:.*(:::models\/|:function:|:log-group:)/, '')),
      )
      .sort();

  test('is to move `live` of its models, and to publish what it leads to', () => {
    const functions = ['onnward-dev-digits', 'onnward-dev-iris'];
    for (const action of ['GetAlias', 'UpdateAlias', 'PublishVersion', 'UpdateFunctionConfiguration', 'ListTags']) {
      expect(on(`lambda:${action}`), action).toEqual(functions);
    }
    expect(on('lambda:ListVersionsByFunction')).toEqual(functions);
    expect(on('lambda:GetFunctionConfiguration')).toEqual(functions.flatMap((name) => [name, `${name}:*`]));
  });

  test('is to ask, provision and delete published versions, and no function', () => {
    const versions = ['onnward-dev-digits:*', 'onnward-dev-iris:*'];
    const provisioned = ['Put', 'Get', 'Delete'].map((verb) => `${verb}ProvisionedConcurrencyConfig`);
    for (const action of ['InvokeFunction', 'DeleteFunction', ...provisioned]) {
      expect(on(`lambda:${action}`), action).toEqual(versions);
    }
  });

  test('is to read its models, releases, held-out rows and recorded requests', () => {
    const read = ['baselines', 'evaluation', 'live-rows', 'models', 'recordings'].flatMap((kind) => [
      `${kind}/digits/*`,
      `${kind}/iris/*`,
    ]);
    expect(on('s3:GetObject')).toEqual([...read, 'keys/receipts/1.json', 'releases/*'].sort());
    const listed = of('s3:ListBucket').map(({ Condition }) => Condition as { StringLike: { 's3:prefix': string[] } });
    const names = [
      'baselines/*',
      'evaluation/*',
      'keys/receipts/*',
      'live-rows/*',
      'models/*',
      'recordings/*',
      'releases/*',
    ];
    expect(listed.map(({ StringLike }) => StringLike['s3:prefix'].toSorted())).toEqual([names]);
  });

  test('is to write records, aliases and cards, and never a version', () => {
    const written = ['digits', 'iris'].flatMap((model) =>
      ['aliases/*', 'history/*', 'versions/*/releases/*'].map((keys) => `models/${model}/${keys}`),
    );
    expect(on('s3:PutObject')).toEqual(['keys/receipts/1.json', ...written, 'releases/*']);
    expect(on('s3:AbortMultipartUpload')).toEqual(['releases/*']);
  });

  test('is to count log lines of its models, and to look at metrics and alarms', () => {
    expect(on('logs:StartQuery')).toEqual(['/aws/lambda/onnward-dev-digits:*', '/aws/lambda/onnward-dev-iris:*']);
    for (const action of [
      'logs:GetQueryResults',
      'cloudwatch:GetMetricData',
      'cloudwatch:DescribeAlarms',
      'lambda:ListFunctions',
    ]) {
      expect(on(action), action).toEqual(['*']);
    }
  });

  test('is to delete images of the stage’s own repository', () => {
    expect(on('ecr:BatchDeleteImage')).toEqual([expect.stringMatching(/:repository\/onnward-dev-inference$/)]);
  });

  test('is to start its own workflow', () => {
    expect(on('states:StartExecution')).toEqual([expect.stringMatching(/:stateMachine:onnward-dev--release$/)]);
  });

  test('is nothing else but to write its own log, and where its failures go', () => {
    expect([...new Set(statements.flatMap(({ Action }) => Action))].toSorted()).toEqual([
      'cloudwatch:DescribeAlarms',
      'cloudwatch:GetMetricData',
      'ecr:BatchDeleteImage',
      'lambda:DeleteFunction',
      'lambda:DeleteProvisionedConcurrencyConfig',
      'lambda:GetAlias',
      'lambda:GetFunctionConfiguration',
      'lambda:GetProvisionedConcurrencyConfig',
      'lambda:InvokeFunction',
      'lambda:ListAliases',
      'lambda:ListFunctions',
      'lambda:ListTags',
      'lambda:ListVersionsByFunction',
      'lambda:PublishVersion',
      'lambda:PutProvisionedConcurrencyConfig',
      'lambda:UpdateAlias',
      'lambda:UpdateFunctionConfiguration',
      'logs:CreateLogStream',
      'logs:GetQueryResults',
      'logs:PutLogEvents',
      'logs:StartQuery',
      's3:AbortMultipartUpload',
      's3:GetObject',
      's3:ListBucket',
      's3:PutObject',
      'sqs:SendMessage',
      'states:StartExecution',
    ]);
  });

  test('takes the registry’s key along', () => {
    const withKey = statementsOf(synthReleases({ key: KEY }), 'ReleasesRole');
    const ofKey = withKey.filter(({ Resource }) => Resource === KEY).flatMap(({ Action }) => Action);
    expect(ofKey).toEqual(['kms:Decrypt', 'kms:GenerateDataKey']);
  });

  test('is to tell the topic that it is given, and no other', () => {
    const told = statementsOf(withTopic(), 'ReleasesRole').filter(({ Action }) => Action === 'sns:Publish');
    expect(told.map(({ Resource }) => flat(Resource))).toEqual([expect.stringMatching(/^<Topic\w+>$/)]);
  });

  test('is to ask functions that are gates', () => {
    const run = 'arn:aws:lambda:eu-west-1:111122223333:function:our-gate';
    const models = { iris: { ...GATED, gates: [...(GATED.gates ?? []), { gate: 'custom', run } as const] } };
    const asked = statementsOf(synthReleases({ models }), 'ReleasesRole').filter(({ Resource }) => Resource === run);
    expect(asked.map(({ Action }) => Action)).toEqual(['lambda:InvokeFunction']);
  });

  test('is to read the buckets that it is given, whole, and not to write them', () => {
    const stack = newStack();
    const registry = ModelRegistry.fromAttributes(stack, 'Registry', { bucketName: 'models' });
    const inputBuckets = [Bucket.fromBucketName(stack, 'Lake', 'our-lake')];
    new ReleasePipeline(stack, 'Releases', { stage: 'dev', registry, models: { iris: GATED }, inputBuckets });
    const ofLake = statementsOf(Template.fromStack(stack), 'ReleasesRole').filter(({ Resource }) =>
      flat(Resource).includes('our-lake'),
    );
    expect(ofLake.flatMap(({ Action }) => Action)).toEqual(['s3:GetObject', 's3:GetObjectVersion', 's3:ListBucket']);
  });

  test('fits into a role’s policies for as many models as a stack holds, with the longest names', () => {
    const models = Object.fromEntries(Array.from({ length: 30 }, (_, index) => [`${'m'.repeat(60)}-${index}`, {}]));
    const template = synthReleases({ models, key: KEY });
    const holds = ({ Properties }: { Properties?: unknown }) => JSON.stringify(Properties).includes('"ReleasesRole');
    const sizes = (type: string) =>
      Object.values(template.findResources(type))
        .filter(holds)
        .map(({ Properties }) => sizeOf((Properties as { PolicyDocument: unknown }).PolicyDocument));
    // Source: the IAM user guide, "IAM and AWS STS quotas": an inline policy, managed ones, and how many of these.
    expect(sizes('AWS::IAM::Policy').reduce((sum, each) => sum + each, 0)).toBeLessThan(10_240);
    const managed = sizes('AWS::IAM::ManagedPolicy');
    expect(Math.max(...managed)).toBeLessThan(6144);
    expect(managed.length).toBeLessThanOrEqual(10);
  });

  /** Characters of a policy, with the longest names that references come to. */
  const sizeOf = (document: unknown): number =>
    JSON.stringify(document, (_, value: unknown) => (isReference(value) ? named(textOf(value)) : value)).length;
  const isReference = (value: unknown): boolean =>
    typeof value === 'object' && value !== null && /^(Ref|Fn::\w+)$/.test(Object.keys(value)[0] ?? '');
  const named = (text: string): string =>
    text
      .replace('${AWS::Region}', 'ap-southeast-1')
      .replace('${AWS::AccountId}', '111122223333')
      .replace('${AWS::Partition}', 'aws')
      .replace(/\$\{(Releases\w+)(\.Arn)?\}/, `arn:aws:logs:ap-southeast-1:111122223333:$1`);
});

describe('the workflow', () => {
  const template = synthReleases();

  test('is the file that runs on a laptop too, with the function for its tasks', () => {
    const file = new URL('../../lib/core/release/release.asl.json', import.meta.url);
    template.hasResourceProperties('AWS::StepFunctions::StateMachine', {
      StateMachineName: 'onnward-dev--release',
      DefinitionString: readFileSync(file, 'utf8'),
      DefinitionSubstitutions: {
        releaseFunction: { 'Fn::GetAtt': [Match.stringLikeRegexp('^ReleasesFunction'), 'Arn'] },
      },
    });
  });

  test('logs what fails, without what it was about, and traces nothing', () => {
    template.hasResourceProperties('AWS::StepFunctions::StateMachine', {
      LoggingConfiguration: { Level: 'ERROR', IncludeExecutionData: false },
      TracingConfiguration: Match.absent(),
    });
    template.hasResourceProperties('AWS::Logs::LogGroup', {
      LogGroupName: '/aws/vendedlogs/states/onnward-dev--release',
      RetentionInDays: 30,
    });
  });

  test('may call its function, run its map, and read the lists for it', () => {
    const statements = statementsOf(template, 'ReleasesWorkflowRole');
    const resourceOf = (action: string) =>
      flat(statements.find(({ Action }) => [Action].flat().includes(action))?.Resource);
    expect(resourceOf('lambda:InvokeFunction')).toMatch(/^<ReleasesFunction\w+\.Arn>$/);
    expect(resourceOf('s3:GetObject')).toMatch(/:::models\/releases\/\*\/evaluation\/\*$/);
    expect(resourceOf('states:StartExecution')).toMatch(/:stateMachine:onnward-dev--release$/);
    expect(resourceOf('states:StopExecution')).toMatch(/:execution:onnward-dev--release:\*$/);
  });
});

describe('who is let', () => {
  const granted = (grant: (releases: ReleasePipeline, to: IGrantable) => unknown) => {
    const template = synthReleases({}, (releases, stack) => {
      grant(releases, new Role(stack, 'Caller', { assumedBy: new ServicePrincipal('ec2.amazonaws.com') }));
    });
    return statementsOf(template, 'Caller').map(({ Action, Resource }) => [
      [Action].flat().join(),
      [Resource].flat().map(flat),
    ]);
  };

  test('begin releases may do that alone', () => {
    expect(granted((releases, to) => releases.grantStart(to))).toEqual([
      ['states:StartExecution', [expect.stringMatching(/^<ReleasesWorkflow\w+>$/)]],
    ]);
  });

  test('decide, abort and roll back may ask the function, and not move `live` past it', () => {
    const arn = expect.stringMatching(/^<ReleasesFunction\w+\.Arn>(:\*)?$/) as string;
    expect(granted((releases, to) => releases.grantOperate(to))).toEqual([['lambda:InvokeFunction', [arn, arn]]]);
  });
});

describe('metrics', () => {
  let releases!: ReleasePipeline;
  synthReleases({}, (made) => (releases = made));
  const shown = ({ namespace, metricName, statistic, dimensions }: Metric) => ({
    name: `${namespace} ${metricName} ${statistic}`,
    dimensions: Object.keys(dimensions ?? {}),
  });

  test('are the workflow’s, the function’s and the queue’s', () => {
    const ofWorkflow = [releases.metricStarted(), releases.metricFailed(), releases.metricTimedOut()];
    expect(ofWorkflow.map(shown)).toEqual(
      ['ExecutionsStarted', 'ExecutionsFailed', 'ExecutionsTimedOut'].map((name) => ({
        name: `AWS/States ${name} Sum`,
        dimensions: ['StateMachineArn'],
      })),
    );
    const name = 'AWS/SQS ApproximateNumberOfMessagesVisible Maximum';
    expect(shown(releases.metricUndelivered())).toEqual({ name, dimensions: ['QueueName'] });
    expect(shown(releases.metricErrors())).toEqual({ name: 'AWS/Lambda Errors Sum', dimensions: ['FunctionName'] });
  });

  test('may be looked at otherwise', () => {
    const metric = releases.metricFailed({ statistic: 'Maximum', period: Duration.hours(1) });
    expect([metric.statistic, metric.period.toHours()]).toEqual(['Maximum', 1]);
  });
});
