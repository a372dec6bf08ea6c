import { readFileSync } from 'node:fs';
import { InferenceService } from '#constructs/inference-service.ts';
import { LiveAliasProvider } from '#constructs/live-alias.ts';
import { ModelRegistry } from '#constructs/model-registry.ts';
import { BATCH_METRICS } from '#core/monitoring/metrics.ts';
import { Duration } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import type { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { type IGrantable, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { describe, expect, test } from 'vitest';
import { BatchInference } from '#constructs/batch-inference.ts';
import { flat } from './api/synth-api.ts';
import { KEY, synthBatch } from './batch/synth-batch.ts';
import { statementsOf } from './service.ts';
import { newStack } from './synth.ts';

const attributeOf = (construct: string, attribute = 'Arn') => ({
  'Fn::GetAtt': [Match.stringLikeRegexp(`^${construct}`), attribute],
});

describe('the worker', () => {
  test('has executions of its own, a quarter of an hour, and what it is for', () => {
    synthBatch({ models: { iris: { options: { id: 'row', errorBudget: 0.1 } }, digits: {} } }).hasResourceProperties(
      'AWS::Lambda::Function',
      {
        FunctionName: 'onnward-dev--batch',
        Runtime: 'nodejs24.x',
        Handler: 'handler.handler',
        Architectures: ['arm64'],
        MemorySize: 1769,
        Timeout: 900,
        ReservedConcurrentExecutions: 20,
        Environment: {
          Variables: {
            ONNWARD_STORE: 's3://models',
            ONNWARD_BATCH_MODELS: '{"iris":{"id":"row","errorBudget":0.1},"digits":{}}',
            ONNWARD_BATCH_CONCURRENCY: '20',
            POWERTOOLS_SERVICE_NAME: 'onnward-dev',
          },
        },
      },
    );
  });

  test('is as large as it is told to be', () => {
    const options = { concurrency: 3, memorySize: 3538, ephemeralStorageSize: 4096, timeout: Duration.minutes(5) };
    synthBatch({ ...options, architecture: 'x86_64' }).hasResourceProperties('AWS::Lambda::Function', {
      Architectures: ['x86_64'],
      MemorySize: 3538,
      Timeout: 300,
      EphemeralStorage: { Size: 4096 },
      ReservedConcurrentExecutions: 3,
      Environment: { Variables: Match.objectLike({ ONNWARD_BATCH_CONCURRENCY: '3' }) },
    });
  });

  test('is called by nobody but the workflow', () => {
    synthBatch().resourceCountIs('AWS::Lambda::Permission', 0);
  });
});

describe('what it may do', () => {
  const statements = statementsOf(synthBatch({ models: { iris: {}, digits: {} } }), 'BatchRole');
  const of = (action: string) => statements.filter(({ Action }) => [Action].flat().includes(action));
  const keys = (action: string) =>
    of(action).flatMap(({ Resource }) => [Resource].flat().map((arn) => flat(arn).replace(/^arn:.*:::/, '')));

  test('is to read its models and what is below batch/', () => {
    expect(keys('s3:GetObject').sort()).toEqual(['models/batch/*', 'models/models/digits/*', 'models/models/iris/*']);
    expect(keys('s3:GetObjectVersion')).toEqual(['models/batch/*']);
    expect(of('s3:ListBucket').map(({ Condition }) => Condition)).toEqual([
      { StringLike: { 's3:prefix': ['models/iris/*', 'models/digits/*', 'batch/*'] } },
    ]);
  });

  test('is to write what it makes, and never an input or a model', () => {
    const written = keys('s3:PutObject');
    expect(written.sort()).toEqual([
      'models/batch/claims/*.json',
      'models/batch/jobs/*',
      'models/batch/out/*/*/*',
      'models/batch/quarantine/*/*/*',
      'models/batch/requests/*',
    ]);
    expect(keys('s3:AbortMultipartUpload').sort()).toEqual(written);
  });

  test('is nothing else but to write its own log', () => {
    expect(statements.flatMap(({ Action }) => Action).toSorted()).toEqual([
      'logs:CreateLogStream',
      'logs:PutLogEvents',
      's3:AbortMultipartUpload',
      's3:GetObject',
      's3:GetObjectVersion',
      's3:ListBucket',
      's3:PutObject',
    ]);
  });

  test('takes the registry’s key along', () => {
    const withKey = statementsOf(synthBatch({ key: KEY }), 'BatchRole');
    const ofKey = withKey.filter(({ Resource }) => Resource === KEY).flatMap(({ Action }) => Action);
    expect(ofKey).toEqual(['kms:Decrypt', 'kms:GenerateDataKey']);
  });

  test('is to read the buckets that it is given, whole, and not to write them', () => {
    const stack = newStack();
    const registry = ModelRegistry.fromAttributes(stack, 'Registry', { bucketName: 'models' });
    const lake = Bucket.fromBucketName(stack, 'Lake', 'our-lake');
    new BatchInference(stack, 'Batch', { stage: 'dev', registry, models: { iris: {} }, inputBuckets: [lake] });
    const ofLake = statementsOf(Template.fromStack(stack), 'BatchRole').filter(({ Resource }) =>
      flat(Resource).includes('our-lake'),
    );
    expect(ofLake.flatMap(({ Action }) => Action)).toEqual(['s3:GetObject', 's3:GetObjectVersion', 's3:ListBucket']);
  });

  test('fits into a role’s policy for as many models as a stack holds, with the longest names', () => {
    const models = Object.fromEntries(Array.from({ length: 30 }, (_, index) => [`${'m'.repeat(60)}-${index}`, {}]));
    const policies = synthBatch({ models, key: KEY }).findResources('AWS::IAM::Policy');
    const [worker] = Object.entries(policies).find(([id]) => id.startsWith('BatchRole')) ?? [];
    // Source: the IAM user guide, "IAM and AWS STS quotas".
    expect(JSON.stringify(policies[worker ?? '']).length).toBeLessThan(10_240);
  });
});

describe('the workflow', () => {
  const template = synthBatch();

  test('is the file that runs on a laptop too, with the worker for its function', () => {
    const file = new URL('../../lib/core/batch/batch.asl.json', import.meta.url);
    template.hasResourceProperties('AWS::StepFunctions::StateMachine', {
      StateMachineName: 'onnward-dev--batch',
      DefinitionString: readFileSync(file, 'utf8'),
      DefinitionSubstitutions: { batchFunction: attributeOf('BatchFunction') },
    });
  });

  test('logs what fails, without what it was about, and traces nothing', () => {
    template.hasResourceProperties('AWS::StepFunctions::StateMachine', {
      LoggingConfiguration: { Level: 'ERROR', IncludeExecutionData: false },
      TracingConfiguration: Match.absent(),
    });
    template.hasResourceProperties('AWS::Logs::LogGroup', {
      LogGroupName: '/aws/vendedlogs/states/onnward-dev--batch',
      RetentionInDays: 30,
    });
  });

  test('may call its worker, run its map, and read the lists for it', () => {
    const statements = statementsOf(template, 'BatchWorkflowRole');
    const resourceOf = (action: string) =>
      flat(statements.find(({ Action }) => [Action].flat().includes(action))?.Resource);
    expect(resourceOf('lambda:InvokeFunction')).toMatch(/^<BatchFunction\w+\.Arn>$/);
    expect(resourceOf('s3:GetObject')).toMatch(/:::models\/batch\/jobs\/\*\/drives\/\*$/);
    expect(resourceOf('states:StartExecution')).toMatch(/:stateMachine:onnward-dev--batch$/);
    expect(resourceOf('states:StopExecution')).toMatch(/:execution:onnward-dev--batch:\*$/);
  });
});

describe('who is let', () => {
  const granted = (grant: (batch: BatchInference, to: IGrantable) => unknown, key?: string) => {
    const template = synthBatch(key === undefined ? {} : { key }, (batch, stack) => {
      grant(batch, new Role(stack, 'Caller', { assumedBy: new ServicePrincipal('ec2.amazonaws.com') }));
    });
    return statementsOf(template, 'Caller').map(({ Action, Resource }) => [
      [Action].flat().join(),
      [Resource]
        .flat()
        .map(flat)
        .join(' ')
        .replaceAll(/arn:<AWS::Partition>:s3:::/g, ''),
    ]);
  };

  test('start jobs may do that alone', () => {
    expect(granted((batch, to) => batch.grantStart(to))).toEqual([
      ['states:StartExecution', expect.stringMatching(/^<BatchWorkflow\w+>$/)],
    ]);
  });

  test('submit files may put them where they are scored, and not read any', () => {
    expect(granted((batch, to) => batch.grantSubmit(to, 'iris'))).toEqual([
      ['s3:AbortMultipartUpload,s3:PutObject', 'models/batch/in/iris/*'],
    ]);
    expect(granted((batch, to) => batch.grantSubmit(to), KEY)).toEqual([
      ['kms:Decrypt,kms:GenerateDataKey', KEY],
      ['s3:AbortMultipartUpload,s3:PutObject', 'models/batch/in/*/*'],
    ]);
  });

  test('read outputs may read those of the model, and the records of jobs', () => {
    expect(granted((batch, to) => batch.grantReadOutputs(to, 'iris'))).toEqual([
      ['s3:GetObject', 'models/batch/jobs/* models/batch/out/iris/*/* models/batch/quarantine/iris/*/*'],
      ['s3:ListBucket', 'models'],
    ]);
  });
});

describe('a service that takes requests to be answered later', () => {
  const stack = newStack();
  const registry = ModelRegistry.fromAttributes(stack, 'Registry', { bucketName: 'models' });
  const liveAliases = new LiveAliasProvider(stack, 'LiveAliases', { stage: 'dev' });
  const common = { stage: 'dev', registry, packaging: 'zip' } as const;
  const service = new InferenceService(stack, 'Service', { ...common, model: 'iris', liveAliases });
  new BatchInference(stack, 'Batch', { ...common, models: { iris: {} } }).takeRequests(service);
  const template = Template.fromStack(stack);

  test('is told where they go', () => {
    template.hasResourceProperties('AWS::Lambda::Function', {
      FunctionName: 'onnward-dev-iris',
      Environment: { Variables: Match.objectLike({ ONNWARD_REQUESTS: 's3://models' }) },
    });
  });

  test('writes and reads those of its model', () => {
    const ofRequests = statementsOf(template, 'ServiceRole').filter((statement) =>
      JSON.stringify(statement).includes('batch/requests'),
    );
    expect(ofRequests.map(({ Action, Condition }) => [[Action].flat().join(), Condition])).toEqual([
      ['s3:GetObject,s3:PutObject', undefined],
      ['s3:ListBucket', { StringLike: { 's3:prefix': ['batch/requests/iris/*'] } }],
    ]);
  });
});

describe('metrics', () => {
  let batch!: BatchInference;
  synthBatch({}, (made) => (batch = made));
  const shown = ({ namespace, metricName, statistic, dimensions }: Metric) => ({
    name: `${namespace} ${metricName} ${statistic}`,
    dimensions: Object.keys(dimensions ?? {}),
  });

  test('of jobs are the workflow’s and the queue’s', () => {
    expect([batch.metricStarted(), batch.metricFailed(), batch.metricTimedOut()].map(shown)).toEqual(
      ['ExecutionsStarted', 'ExecutionsFailed', 'ExecutionsTimedOut'].map((name) => ({
        name: `AWS/States ${name} Sum`,
        dimensions: ['StateMachineArn'],
      })),
    );
    const name = 'AWS/SQS ApproximateNumberOfMessagesVisible Maximum';
    expect(shown(batch.metricUndelivered())).toEqual({ name, dimensions: ['QueueName'] });
    expect(shown(batch.metricThrottles())).toEqual({ name: 'AWS/Lambda Throttles Sum', dimensions: ['FunctionName'] });
  });

  test('of rows are what the worker writes, under the stage and the model', () => {
    const all = [
      batch.metricRows('iris'),
      batch.metricQuarantinedRows('iris'),
      batch.metricPendingRows('iris'),
      batch.metricRowsPerSecond('iris'),
      batch.metricUsdPerMillionRows('iris'),
    ];
    expect(all.map(({ metricName }) => metricName)).toEqual(Object.values(BATCH_METRICS).map(({ name }) => name));
    for (const { namespace, dimensions } of all) {
      expect([namespace, dimensions]).toEqual(['Onnward', { service: 'onnward-dev', model: 'iris' }]);
    }
  });

  test('may be looked at otherwise', () => {
    const metric = batch.metricRows('iris', { statistic: 'Maximum', period: Duration.hours(1) });
    expect([metric.statistic, metric.period.toHours()]).toEqual(['Maximum', 1]);
  });
});
