import { isDeepStrictEqual } from 'node:util';
import { setTimeout as sleep } from 'node:timers/promises';
import { CloudWatchClient, SetAlarmStateCommand } from '@aws-sdk/client-cloudwatch';
import {
  InvokeCommand,
  LambdaClient,
  PublishVersionCommand,
  UpdateAliasCommand,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda';
import { ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { Cdk, type Outputs } from './support/cdk.ts';
import { EmulatedAws } from './support/emulated-aws.ts';
import { emulatedUrl } from './support/endpoints.ts';
import { eventually } from './support/eventually.ts';
import { Mailbox } from './support/mailbox.ts';
import { Observer } from './support/observer.ts';

/** 300 s are 3 s. */
const ALARM_SPEED = 100;

let aws: EmulatedAws;
let outputs: Outputs[string] | undefined;
let lambda: LambdaClient;
let observer: Observer;
let cloudwatch: CloudWatchClient;
let sqs: SQSClient;

beforeAll(async () => {
  aws = await EmulatedAws.start({ alarmSpeed: ALARM_SPEED });
  const cdk = new Cdk(aws, { app: 'node test/cloud/apps/probe.ts' });
  await cdk.bootstrap();
  outputs = (await cdk.deploy())['probe'];
  lambda = new LambdaClient(aws.config);
  observer = new Observer(aws);
  cloudwatch = new CloudWatchClient(aws.config);
  sqs = new SQSClient(aws.config);
});

afterAll(async () => {
  for (const client of [lambda, cloudwatch, sqs]) client?.destroy();
  observer?.close();
  await aws?.stop();
});

interface Answer {
  readonly body: string;
  readonly errorType?: string;
}

async function invoke(payload: object, qualifier = 'live'): Promise<Answer> {
  const request = { FunctionName: 'probe', Qualifier: qualifier, Payload: JSON.stringify(payload) };
  const { Payload } = await lambda.send(new InvokeCommand(request));
  return JSON.parse(Buffer.from(Payload as Uint8Array).toString()) as Answer;
}

/** A line of a log in the embedded metric format. */
const line = (model: string, latencies: readonly number[], more: object = {}) => ({
  _aws: {
    Timestamp: Date.now(),
    CloudWatchMetrics: [
      { Namespace: 'Probe', Dimensions: [['model']], Metrics: [{ Name: 'Latency', Unit: 'Milliseconds' }] },
    ],
  },
  model,
  Latency: latencies,
  ...more,
});

const latency = (model: string, statistic: string) =>
  observer.metric({ namespace: 'Probe', name: 'Latency', dimensions: { model }, statistic });

describe('functions', () => {
  it('run on the Node of this repository, and see by which alias they were called', async () => {
    const { body } = await invoke({});
    const arn = expect.stringMatching(/:function:probe:live$/);
    expect(JSON.parse(body)).toMatchObject({ version: '1', arn, node: process.version, initialization: 'on-demand' });
  });

  it('have a temporary folder of their own in each environment', async () => {
    const answers = await Promise.all([invoke({ wait: 500 }), invoke({ wait: 500 })]);
    const folders = answers.map(({ body }) => (JSON.parse(body) as { scratch: string }).scratch);
    expect(new Set(folders).size).toBe(2);
  });

  it('keep the name of the error that they throw', async () => {
    expect(await invoke({ fail: 'Onnward.Refused' })).toMatchObject({
      errorType: 'Onnward.Refused',
      errorMessage: 'as told',
    });
  });

  it('see the alias through API Gateway as well, and are counted there', async () => {
    const called = async () => {
      const dimensions = { FunctionName: 'probe', Resource: 'probe:live', ExecutedVersion: '1' };
      return observer.metric({ namespace: 'AWS/Lambda', name: 'Invocations', dimensions, statistic: 'Sum' });
    };
    const before = (await called()) ?? 0;
    const answer = await fetch(`${emulatedUrl(aws, outputs?.['ApiUrl'] ?? '')}probe`);
    expect(await answer.json()).toMatchObject({ arn: expect.stringMatching(/:probe:live$/) });
    expect(await called()).toBe(before + 1);
  });
});

describe('metrics', () => {
  it('come from embedded metrics, by namespace, dimensions and percentile', async () => {
    await invoke({ line: line('metrics', [1, 2, 3, 100]) });
    expect(await latency('metrics', 'Sum')).toBe(106);
    expect(await latency('metrics', 'p50')).toBe(2.5);
    expect(await latency('other', 'Sum')).toBeUndefined();
  });

  it('do not come from a document that breaks the specification, which is counted', async () => {
    await invoke({ line: { ...line('broken', [1]), model: 7 } });
    expect(await latency('7', 'Sum')).toBeUndefined();
    const errors = { namespace: 'AWS/Logs', name: 'EMFValidationErrors', dimensions: { LogGroupName: '/probe' } };
    expect(await observer.metric({ ...errors, statistic: 'Sum' })).toBe(1);
  });

  it('come from metric filters', async () => {
    for (const coldStart of [1, 0, 1]) await invoke({ line: { model: 'filtered', coldStart } });
    const filtered = { namespace: 'Probe', name: 'ColdStarts', dimensions: { model: 'filtered' } };
    expect(await observer.metric({ ...filtered, statistic: 'Sum' })).toBe(2);
  });
});

describe('alarms', () => {
  it('look at the metric of their own dimensions, tell SNS, and end when the data does', async () => {
    await invoke({ line: line('iris', [5, 500]) });
    await invoke({ line: line('digits', [5]) });
    await observer.alarmIs('probe-iris', 'ALARM');
    expect(await observer.stateOf('probe-digits')).toBe('OK');
    const mailbox = Mailbox.of(aws, outputs?.['QueueUrl'] ?? '');
    onTestFinished(() => mailbox.close());
    expect(await mailbox.next('probe-iris', 'ALARM')).toMatchObject({ OldStateValue: 'INSUFFICIENT_DATA' });
    await observer.alarmIs('probe-iris', 'INSUFFICIENT_DATA');
  });

  it('on a formula look at it where its condition holds', async () => {
    await invoke({ line: line('labelled', [0, 0]) });
    // Longer than between two looks.
    await sleep(600);
    expect(await observer.stateOf('probe-formula')).toBe('INSUFFICIENT_DATA');
    await invoke({ line: line('labelled', [0, 1, 0, 0]) });
    await observer.alarmIs('probe-formula', 'ALARM');
  });
});

describe('EventBridge', () => {
  const heard: { 'detail-type': string; detail: Record<string, unknown> }[] = [];
  const event = (kind: string, detail: object) =>
    eventually(`${kind} ${JSON.stringify(detail)}`, async () => {
      const QueueUrl = outputs?.['HeardUrl'] ?? '';
      const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }));
      heard.push(...Messages.map(({ Body }) => JSON.parse(Body ?? '') as (typeof heard)[0]));
      return heard.find(
        (one) => one['detail-type'] === kind && isDeepStrictEqual({ ...one.detail, ...detail }, one.detail),
      );
    });

  it('hears of alarms, whoever sets their state', async () => {
    const state = { AlarmName: 'probe-digits', StateValue: 'ALARM', StateReason: 'for the test' } as const;
    await cloudwatch.send(new SetAlarmStateCommand(state));
    const told = await event('CloudWatch Alarm State Change', { alarmName: 'probe-digits' });
    expect(told.detail).toMatchObject({ state: { value: 'ALARM', reason: 'for the test' } });
    await event('CloudWatch Alarm State Change', { alarmName: 'probe-formula' });
  });

  it('hears of stacks', async () => {
    const told = await event('CloudFormation Stack Status Change', {
      'status-details': { status: 'CREATE_COMPLETE', 'status-reason': '' },
    });
    expect(told.detail['stack-id']).toMatch(/:stack\/probe\//);
  });
});

describe('aliases', () => {
  it('divide their calls by the weights, however they are called', async () => {
    await lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName: 'probe', Description: 'another' }));
    const { Version } = await lambda.send(new PublishVersionCommand({ FunctionName: 'probe' }));
    const RoutingConfig = { AdditionalVersionWeights: { [String(Version)]: 0.5 } };
    const alias = { FunctionName: 'probe', Name: 'live', FunctionVersion: '1', RoutingConfig };
    await lambda.send(new UpdateAliasCommand(alias));
    const url = `${emulatedUrl(aws, outputs?.['ApiUrl'] ?? '')}probe`;
    const ways = [async () => JSON.parse((await invoke({})).body), async () => (await fetch(url)).json()];
    for (const way of ways) {
      const versions: string[] = [];
      for (let call = 0; call < 30; call++) versions.push(((await way()) as { version: string }).version);
      // All of one kind: once in 500 million.
      expect(new Set(versions)).toEqual(new Set(['1', Version]));
    }
  });
});

describe('a bucket that an earlier stack left', () => {
  const app = 'node test/cloud/apps/left-bucket.ts';

  it('is taken up with its policy, where both are named', async () => {
    const named = new Cdk(aws, { app, context: { policy: 'named' } });
    await named.deploy();
    await named.destroy();
    expect(await named.tryDeploy()).toMatchObject({ status: 1, output: expect.stringMatching(/ROLLBACK_COMPLETE/) });
    await named.destroy();
    await named.deploy('--import-existing-resources');
    await named.destroy();
  });

  it('is not, where the policy names it by a reference: there is a policy already, as AWS would say', async () => {
    const byReference = new Cdk(aws, { app, context: { policy: 'by-reference' } });
    const { status, output } = await byReference.tryDeploy('--import-existing-resources');
    expect(status).toBe(1);
    expect(output).toMatch(/The bucket policy already exists on bucket left-bucket/);
  });
});
