import { CaptureStream } from '#constructs/monitor/capture-stream.ts';
import { ModelRegistry } from '#constructs/model-registry.ts';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { Key } from 'aws-cdk-lib/aws-kms';
import { describe, expect, test } from 'vitest';
import { flat } from '../api/synth-api.ts';
import { type Statement, statementsOf, synthService } from '../service.ts';
import { newStack } from '../synth.ts';
import { KEY } from './synth-monitor.ts';

function synth(model = 'iris', key?: string): { template: Template; stream: CaptureStream } {
  const stack = newStack();
  const encryption = key === undefined ? {} : { encryptionKey: Key.fromKeyArn(stack, 'Key', key) };
  const registry = ModelRegistry.fromAttributes(stack, 'Registry', { bucketName: 'models', ...encryption });
  const stream = new CaptureStream(stack, 'Capture', { stage: 'dev', model, registry });
  return { template: Template.fromStack(stack), stream };
}

/** Of the role that Firehose takes on. */
const statements = (template: Template): Statement[] =>
  Object.values(template.findResources('AWS::IAM::Role')).flatMap(
    ({ Properties }) =>
      (Properties as { Policies: { PolicyDocument: { Statement: Statement[] } }[] }).Policies[0]?.PolicyDocument
        .Statement ?? [],
  );

describe('a stream', () => {
  test('brings what is captured into the folder of its hour, within five minutes', () => {
    synth().template.hasResourceProperties('AWS::KinesisFirehose::DeliveryStream', {
      DeliveryStreamName: 'onnward-dev-iris',
      DeliveryStreamType: 'DirectPut',
      DeliveryStreamEncryptionConfigurationInput: { KeyType: 'AWS_OWNED_CMK' },
      ExtendedS3DestinationConfiguration: {
        Prefix: 'capture/iris/live/!{timestamp:yyyy/MM/dd/HH}/',
        ErrorOutputPrefix: 'capture/iris/failed/!{firehose:error-output-type}/!{timestamp:yyyy/MM/dd/HH}/',
        BufferingHints: { IntervalInSeconds: 300, SizeInMBs: 64 },
        CompressionFormat: 'UNCOMPRESSED',
        FileExtension: '.jsonl',
      },
    });
  });

  test('is called as the function is, whatever the model is called', () => {
    synth('credit.risk').template.hasResourceProperties('AWS::KinesisFirehose::DeliveryStream', {
      DeliveryStreamName: Match.stringLikeRegexp('^onnward-dev-credit-risk-[0-9a-f]{8}$'),
    });
  });

  test('is a metric by how old the oldest is that has not arrived', () => {
    const { namespace, metricName, dimensions } = synth().stream.metricDataFreshness();
    expect([namespace, metricName, dimensions]).toEqual([
      'AWS/Firehose',
      'DeliveryToS3.DataFreshness',
      { DeliveryStreamName: 'onnward-dev-iris' },
    ]);
  });
});

describe('its role', () => {
  test('writes below the captures of its model, and nowhere else', () => {
    const [objects, bucket, ...others] = statements(synth().template);
    expect(others).toEqual([]);
    expect(objects?.Action).toEqual(['s3:AbortMultipartUpload', 's3:GetObject', 's3:PutObject']);
    expect(flat(objects?.Resource)).toMatch(/:s3:::models\/capture\/iris\/\*$/);
    expect(flat(bucket?.Resource)).toMatch(/:s3:::models$/);
  });

  test('takes the key of the registry, where it has one', () => {
    expect(statements(synth('iris', KEY).template).at(-1)).toMatchObject({
      Action: ['kms:Decrypt', 'kms:GenerateDataKey'],
      Resource: KEY,
    });
  });

  test('is taken on by Firehose of this account alone', () => {
    synth().template.hasResourceProperties('AWS::IAM::Role', {
      AssumeRolePolicyDocument: {
        Statement: [
          {
            Action: 'sts:AssumeRole',
            Effect: 'Allow',
            Principal: { Service: 'firehose.amazonaws.com' },
            Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
          },
        ],
      },
    });
  });
});

describe('a service that captures', () => {
  const { template, service } = synthService({ capture: { percent: 10 }, feedback: {} });
  const may = statementsOf(template, 'ServiceRole');
  const on = (action: string) =>
    may
      .filter(({ Action }) => [Action].flat().includes(action))
      .flatMap(({ Resource }) => [Resource].flat())
      .map((resource) => flat(resource).replace(/^.*?(s3:::models\/|deliverystream\/)/, ''));

  test('knows what is kept, and where it goes', () => {
    template.hasResourceProperties('AWS::Lambda::Function', {
      FunctionName: 'onnward-dev-iris',
      Environment: {
        Variables: Match.objectLike({
          ONNWARD_CAPTURE: '{"percent":10}',
          ONNWARD_CAPTURE_STREAM: 'onnward-dev-iris',
          ONNWARD_CAPTURE_STORE: 's3://models',
        }),
      },
    });
    expect(service.capture?.streamName).toBe('onnward-dev-iris');
  });

  test('is to send to its own stream, read the keys, and keep truths that come by id', () => {
    expect(on('firehose:PutRecordBatch')).toEqual(['onnward-dev-iris']);
    expect(on('s3:GetObject')).toContain('keys/capture/*');
    // Files of truths that others bring lie below years.
    const truths = (action: string) => on(action).filter((resource) => resource.includes('ground-truth'));
    for (const action of ['s3:GetObject', 's3:PutObject'])
      expect(truths(action)).toEqual(['ground-truth/iris/????-??-??/*']);
  });

  test('takes no truths by id where it has no feedback', () => {
    const text = JSON.stringify(statementsOf(synthService({ capture: {} }).template, 'ServiceRole'));
    expect(text).toContain('keys/capture');
    expect(text).not.toContain('ground-truth');
  });

  test('is no other than one that does not: no stream, no variable', () => {
    const plain = synthService();
    plain.template.resourceCountIs('AWS::KinesisFirehose::DeliveryStream', 0);
    expect(plain.service.capture).toBeUndefined();
    expect(JSON.stringify(plain.template.toJSON())).not.toContain('ONNWARD_CAPTURE');
  });
});

test('a service is told what its answers are held to', () => {
  const { template } = synthService({ watch: { metric: 'f1_macro', below: 0.8 } });
  template.hasResourceProperties('AWS::Lambda::Function', {
    Environment: { Variables: Match.objectLike({ ONNWARD_WATCH: '{"metric":"f1_macro","below":0.8}' }) },
  });
});
