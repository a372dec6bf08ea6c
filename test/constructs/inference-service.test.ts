import { InferenceService, type InferenceServiceOptions } from '#constructs/inference-service.ts';
import { FUNCTION_TAGS } from '#core/deployment/names.ts';
import { LiveAliasProvider } from '#constructs/live-alias.ts';
import { ModelRegistry } from '#constructs/model-registry.ts';
import { App, Duration, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import type { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { describe, expect, test } from 'vitest';
import { newRegistry, registerFixture } from '../support/registry.ts';
import { resourcesOf, statementsOf, synthService } from './service.ts';
import { newFolder } from '../support/folders.ts';
import { newStack } from './synth.ts';

const FUNCTION = 'ServiceFunction243F2A49';

const functionOf = (options?: InferenceServiceOptions): Readonly<Record<string, unknown>> => {
  const { template } = synthService(options);
  return resourcesOf(template)[FUNCTION]!.Properties;
};

describe('the function', () => {
  const properties = functionOf();

  test('is called by stage and model', () => expect(properties['FunctionName']).toBe('onnward-dev-iris'));

  test('is told its model, and never a version', () => {
    expect(properties['Environment']).toEqual({
      Variables: { ONNWARD_STORE: 's3://models', ONNWARD_MODEL: 'iris', POWERTOOLS_SERVICE_NAME: 'onnward-dev' },
    });
  });

  test.each<[string, unknown]>([
    ['MemorySize', 1769],
    ['Timeout', 29],
    ['Architectures', ['arm64']],
    ['Runtime', 'nodejs24.x'],
    ['Handler', 'handler.handler'],
    ['PackageType', undefined],
    ['ReservedConcurrentExecutions', undefined],
    ['TracingConfig', undefined],
    ['SnapStart', undefined],
    ['DeadLetterConfig', undefined],
    ['Tags', undefined],
  ])('by default has %s %j', (name, value) => expect(properties[name]).toEqual(value));

  test.each<[string, InferenceServiceOptions, Record<string, unknown>]>([
    ['memory', { memorySize: 3538 }, { MemorySize: 3538 }],
    ['architecture', { architecture: 'x86_64' }, { Architectures: ['x86_64'] }],
    ['timeout', { timeout: Duration.minutes(15) }, { Timeout: 900 }],
    ['reserved concurrency', { reservedConcurrentExecutions: 7 }, { ReservedConcurrentExecutions: 7 }],
    ['tracing', { tracing: true }, { TracingConfig: { Mode: 'Active' } }],
    [
      'provisioned concurrency',
      { provisionedConcurrency: 2 },
      { Tags: [{ Key: FUNCTION_TAGS.provisionedConcurrency, Value: '2' }] },
    ],
    [
      'threads',
      { threads: 4 },
      { Environment: { Variables: Match.objectLike({ ONNWARD_THREADS: '4', ONNWARD_MODEL: 'iris' }) } },
    ],
  ])('takes %s', (_, options, expected) => {
    synthService(options).template.hasResourceProperties('AWS::Lambda::Function', {
      FunctionName: 'onnward-dev-iris',
      ...expected,
    });
  });

  test.each([
    [undefined, 30],
    [RetentionDays.ONE_DAY, 1],
    [RetentionDays.TEN_YEARS, 3653],
  ])('keeps its log for %s: %s days, and takes it along', (logRetention, days) => {
    const { template } = synthService(logRetention === undefined ? {} : { logRetention });
    template.hasResource('AWS::Logs::LogGroup', {
      Properties: { LogGroupName: '/aws/lambda/onnward-dev-iris', RetentionInDays: days },
      DeletionPolicy: 'Delete',
      UpdateReplacePolicy: 'Delete',
    });
    const logging = { LogFormat: 'Text', LogGroup: { Ref: 'ServiceLogs205D48C6' } };
    expect(resourcesOf(template)[FUNCTION]!.Properties['LoggingConfig']).toEqual(logging);
  });
});

describe('an image', () => {
  const properties = functionOf({ packaging: 'image', snapStart: true });

  test('is the code, without a runtime or a handler', () => {
    expect(properties).toMatchObject({ PackageType: 'Image', Architectures: ['arm64'] });
    expect(properties).not.toHaveProperty('Runtime');
    expect(properties).not.toHaveProperty('Handler');
  });

  test('can be restored from a snapshot', () =>
    expect(properties['SnapStart']).toEqual({ ApplyOn: 'PublishedVersions' }));
});

describe('a baked model', () => {
  test('comes along, so nothing is read of the registry', async () => {
    const { registry, store } = await newRegistry();
    await registerFixture(registry, 'iris', 'identity_fp32');
    const baked = { folder: store.url.slice('file:'.length), version: 1 };
    const { template } = synthService({ baked });
    const { Environment, Tags } = resourcesOf(template)[FUNCTION]!.Properties;
    expect(Environment).toMatchObject({ Variables: { ONNWARD_STORE: 'file:/var/task/registry' } });
    expect(Environment).not.toHaveProperty('Variables.ONNWARD_VERSION');
    expect(Tags).toEqual([{ Key: FUNCTION_TAGS.baked, Value: '1' }]);
    expect(statementsOf(template, 'ServiceRole')).toHaveLength(1);
  });
});

describe('feedback', () => {
  const expires = { expires: '30d' };
  const feedbackOf = (template: Template) =>
    statementsOf(template, 'ServiceRole')
      .map(({ Action, Resource, Condition }) => [[Action].flat().join(), JSON.stringify(Resource), Condition])
      .filter((statement) => /feedback|receipts/.test(JSON.stringify(statement)));

  test('is off unless asked for', () => {
    const { template } = synthService();
    expect(JSON.stringify(resourcesOf(template)[FUNCTION])).not.toContain('FEEDBACK');
    expect(feedbackOf(template)).toEqual([]);
  });

  test('is told to the function with the store that receipts come back to', async () => {
    const { registry, store } = await newRegistry();
    await registerFixture(registry, 'iris', 'identity_fp32');
    const baked = { folder: store.url.slice('file:'.length), version: 1 };
    for (const options of [{}, { baked }]) {
      const { Environment } = resourcesOf(synthService({ feedback: expires, ...options }).template)[FUNCTION]!
        .Properties;
      expect(Environment).toMatchObject({
        Variables: { ONNWARD_FEEDBACK: '{"expires":"30d"}', ONNWARD_FEEDBACK_STORE: 's3://models' },
      });
    }
  });

  test('is written for its own model, and the keys of receipts are read', () => {
    expect(feedbackOf(synthService({ feedback: {} }).template)).toEqual([
      ['s3:GetObject', expect.stringContaining(':s3:::models/keys/receipts/*'), undefined],
      ['s3:GetObject,s3:PutObject', expect.stringContaining(':s3:::models/feedback/iris/*'), undefined],
      ['s3:ListBucket', expect.anything(), { StringLike: { 's3:prefix': ['keys/receipts/*', 'feedback/iris/*'] } }],
    ]);
  });
});

describe('its role', () => {
  const bucket = (rest: string) => ({ 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, `:s3:::models${rest}`]] });
  const log = {
    Effect: 'Allow',
    Action: ['logs:CreateLogStream', 'logs:PutLogEvents'],
    Resource: { 'Fn::GetAtt': ['ServiceLogs205D48C6', 'Arn'] },
  };
  const reading = [
    {
      Effect: 'Allow',
      Action: 's3:ListBucket',
      Resource: bucket(''),
      Condition: { StringLike: { 's3:prefix': 'models/iris/*' } },
    },
    { Effect: 'Allow', Action: 's3:GetObject', Resource: [bucket('/baselines/iris/*'), bucket('/models/iris/*')] },
  ];

  test('writes its own log and reads its own model, and that is all', () => {
    expect(statementsOf(synthService().template, 'ServiceRole')).toEqual([log, ...reading]);
  });

  test('sends traces where it is to, which have no resource', () => {
    const statements = statementsOf(synthService({ tracing: true }).template, 'ServiceRole');
    const tracing = { Effect: 'Allow', Action: ['xray:PutTelemetryRecords', 'xray:PutTraceSegments'], Resource: '*' };
    expect(statements).toEqual([log, ...reading, tracing]);
  });

  test('has no policy that AWS may change', () => {
    for (const { Properties } of Object.values(synthService().template.findResources('AWS::IAM::Role'))) {
      expect(Properties).not.toHaveProperty('ManagedPolicyArns');
    }
  });

  test('decrypts with the registry’s key', () => {
    const stack = newStack();
    const encryptionKey = Key.fromKeyArn(stack, 'Key', 'arn:aws:kms:eu-west-1:111122223333:key/0a1b');
    const registry = ModelRegistry.fromAttributes(stack, 'Registry', { bucketName: 'models', encryptionKey });
    const liveAliases = new LiveAliasProvider(stack, 'LiveAliases', { stage: 'dev' });
    new InferenceService(stack, 'Service', { stage: 'dev', model: 'iris', registry, liveAliases, packaging: 'zip' });
    const key = { Effect: 'Allow', Action: 'kms:Decrypt', Resource: 'arn:aws:kms:eu-west-1:111122223333:key/0a1b' };
    expect(statementsOf(Template.fromStack(stack), 'ServiceRole')).toContainEqual(key);
  });
});

describe('the alias', () => {
  const live = { 'Fn::GetAtt': ['ServiceLive60E3D185', 'AliasArn'] };

  test('is what may be invoked, and no version besides', () => {
    const { template } = synthService({}, (service) =>
      service.grantInvoke(new Role(service, 'Caller', { assumedBy: new ServicePrincipal('states.amazonaws.com') })),
    );
    expect(statementsOf(template, 'ServiceCaller')).toEqual([
      { Effect: 'Allow', Action: 'lambda:InvokeFunction', Resource: live },
    ]);
  });

  test('is opened to a service by a permission that waits for it', () => {
    const { template } = synthService({}, ({ live }) =>
      live.grantInvoke(new ServicePrincipal('apigateway.amazonaws.com')),
    );
    template.hasResourceProperties('AWS::Lambda::Permission', {
      Principal: 'apigateway.amazonaws.com',
      FunctionName: live,
    });
  });
});

describe('metrics', () => {
  const { service } = synthService();
  const own = { service: 'onnward-dev', model: 'iris' };
  const byFunction = { FunctionName: 'onnward-dev-iris' };
  const byAlias = { ...byFunction, Resource: 'onnward-dev-iris:live' };
  const shapeOf = ({ namespace, metricName, dimensions, statistic }: Metric) => [
    `${namespace} ${metricName} ${statistic}`,
    dimensions,
  ];

  test.each<[string, Metric, string, object]>([
    ['requests', service.metricRequests(), 'Onnward Requests Sum', own],
    ['errors', service.metricErrors(), 'Onnward Errors Sum', own],
    ['latency', service.metricLatency(), 'Onnward Latency p99', own],
    ['throttles', service.metricThrottles(), 'AWS/Lambda Throttles Sum', byAlias],
    ['crashes', service.metricCrashes(), 'AWS/Lambda Errors Sum', byAlias],
    ['concurrency', service.metricConcurrentExecutions(), 'AWS/Lambda ConcurrentExecutions Maximum', byFunction],
    [
      'invocations of $LATEST',
      service.metricInvocationsOfLatest(),
      'AWS/Lambda Invocations Sum',
      { ...byAlias, ExecutedVersion: '$LATEST' },
    ],
  ])('of %s', (_, metric, name, dimensions) => expect(shapeOf(metric)).toEqual([name, dimensions]));

  test('take what one says of them', () => {
    const options = { statistic: 'p50', period: Duration.minutes(1), label: 'mine' };
    for (const metric of [service.metricLatency(options), service.metricCrashes(options)]) {
      expect(metric).toMatchObject({ statistic: 'p50', label: 'mine' });
      expect(metric.period.toSeconds()).toBe(60);
    }
  });
});

test('a name that no registry has is refused', () => {
  const stack = newStack();
  const registry = ModelRegistry.fromAttributes(stack, 'Registry', { bucketName: 'models' });
  const liveAliases = new LiveAliasProvider(stack, 'LiveAliases', { stage: 'dev' });
  expect(() => new InferenceService(stack, 'Service', { stage: 'dev', model: 'a/b', registry, liveAliases })).toThrow(
    expect.objectContaining({ code: 'reference.invalid' }),
  );
});

test('an app without our feature flags gets the same resources, and no permission more', () => {
  const stack = new Stack(new App({ outdir: newFolder() }), 'Test');
  const registry = ModelRegistry.fromAttributes(stack, 'Registry', { bucketName: 'models' });
  const liveAliases = new LiveAliasProvider(stack, 'LiveAliases', { stage: 'dev' });
  new InferenceService(stack, 'Service', { stage: 'dev', model: 'iris', registry, liveAliases, packaging: 'zip' });
  const template = Template.fromStack(stack);
  const typesOf = (of: Template) => Object.values(resourcesOf(of)).map(({ Type }) => Type);
  expect(typesOf(template)).toEqual(typesOf(synthService().template));
  expect(statementsOf(template, 'ServiceRole').flatMap(({ Action }) => Action)).toEqual([
    'logs:CreateLogStream',
    'logs:PutLogEvents',
    's3:ListBucket',
    's3:GetObject',
    's3:GetObject',
  ]);
});

/** CloudFormation replaces what changes its logical id, and these cannot be there twice: their names are ours. */
test('the logical ids never change', () => {
  const { template } = synthService({ tracing: true });
  const ids = Object.entries(resourcesOf(template)).map(([id, { Type }]) => `${Type} ${id}`);
  expect(ids).toEqual([
    'AWS::Logs::LogGroup LiveAliasesLogs09E07EAB',
    'AWS::IAM::Role LiveAliasesRole7EEC053A',
    'AWS::IAM::Policy LiveAliasesRoleDefaultPolicy7C8AE41A',
    'AWS::Lambda::Function LiveAliasesFunctionA81B4B9A',
    'AWS::Logs::LogGroup ServiceLogs205D48C6',
    'AWS::IAM::Role ServiceRole3C697B45',
    'AWS::IAM::Policy ServiceRoleDefaultPolicyB6ED21D7',
    `AWS::Lambda::Function ${FUNCTION}`,
    'Custom::OnnwardLiveAlias ServiceLive60E3D185',
    'AWS::Events::Rule ServiceKeepActiveRuleF75F151B',
    'AWS::Lambda::Permission ServiceKeepActiveRuleAllowEventRuleTestServiceLive4E7CA0DC4744E9C9',
  ]);
});
