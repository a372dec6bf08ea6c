import { InferenceApi } from '#constructs/inference-api.ts';
import { InferenceService } from '#constructs/inference-service.ts';
import { LiveAliasProvider } from '#constructs/live-alias.ts';
import { ModelRegistry } from '#constructs/model-registry.ts';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, test } from 'vitest';
import { fakeService, flat, newApi, propertiesOf, templateOf } from './api/synth-api.ts';
import { newStack } from './synth.ts';

const jwt = { issuer: 'https://id.example.com', audience: ['models'] };

describe('options that do not go together are refused', () => {
  test.each([
    [{ apiKeys: {} }, 'api.needs_rest', "'apiKeys' is something that only an API of the type 'rest' has."],
    [{ webAcl: 'arn:aws:wafv2:x' }, 'api.needs_rest', "'webAcl' is something that only an API of the type 'rest' has."],
    [{ type: 'rest', jwt }, 'api.needs_http', "'jwt' is something that only an API of the type 'http' has."],
    [{ auth: 'jwt' }, 'api.no_jwt', "the auth of the API is 'jwt', and the API has no issuer to take tokens of."],
    [{ type: 'rest', auth: 'jwt' }, 'api.no_jwt', /the auth of the API is 'jwt'/],
  ] as const)('%j', (options, code, message) => {
    expect(() => newApi(options, [])).toThrow(expect.objectContaining({ code, kind: 'invalid' }));
    expect(() => newApi(options, [])).toThrow(message);
  });

  test('a model’s own auth too', () => {
    const { stack, api } = newApi({}, []);
    const add = () => api.addModel(fakeService(stack, 'digits'), { auth: 'jwt' });
    expect(add).toThrow(expect.objectContaining({ code: 'api.no_jwt', fields: { whose: 'digits', type: 'http' } }));
  });
});

describe('the URL', () => {
  test.each([
    [{}, 'https://<ApiHttpApi87079EB1>.execute-api.<AWS::Region>.<AWS::URLSuffix>'],
    [{ type: 'rest' }, 'https://<ApiRestApi4D651480>.execute-api.<AWS::Region>.<AWS::URLSuffix>/dev'],
  ] as const)('of %j has no slash at its end', (options, url) => {
    const { stack, api } = newApi(options, []);
    const text = flat(stack.resolve(api.url)).replace('<ApiHttpApi87079EB1.ApiEndpoint>', url);
    expect(text).toBe(url);
  });

  test.each(['http', 'rest'] as const)('is the custom domain, whose record’s target is an output (%s)', (type) => {
    const certificateArn = 'arn:aws:acm:eu-west-1:111122223333:certificate/1';
    const { stack, api } = newApi({ type, domain: { domainName: 'models.example.com', certificateArn } });
    expect(api.url).toBe('https://models.example.com');
    const outputs = Object.values(Template.fromStack(stack).findOutputs('*'));
    expect(outputs.map(({ Value }) => flat(Value))).toEqual([expect.stringMatching(/Domain.*\.RegionalDomainName>$/)]);
  });
});

describe('grantInvoke gives execute-api:Invoke', () => {
  const granted = (type: 'http' | 'rest', model?: string) => {
    const { stack, api } = newApi({ type });
    const role = new Role(stack, 'Caller', { assumedBy: new ServicePrincipal('ec2.amazonaws.com') });
    api.grantInvoke(role, model);
    const policies = propertiesOf(Template.fromStack(stack), 'AWS::IAM::Policy');
    const [, policy] = Object.entries(policies).find(([id]) => id.startsWith('Caller')) as [string, never];
    return (policy as { PolicyDocument: { Statement: [Record<string, unknown>] } }).PolicyDocument.Statement;
  };
  const arn = (api: string, path: string) =>
    `arn:<AWS::Partition>:execute-api:<AWS::Region>:<AWS::AccountId>:<${api}>/${path}`;

  test.each([
    ['http', 'ApiHttpApi87079EB1', '$default'],
    ['rest', 'ApiRestApi4D651480', '<ApiRestApiDeploymentStagedevB88BFFBB>'],
  ] as const)('on one model’s paths alone: %s', (type, api, stage) => {
    const [statement, ...others] = granted(type, 'digits');
    expect(others).toEqual([]);
    expect(statement).toMatchObject({ Effect: 'Allow', Action: 'execute-api:Invoke' });
    expect([statement?.['Resource']].flat().map(flat)).toEqual([
      arn(api, `${stage}/*/v2/models/digits`),
      arn(api, `${stage}/*/v2/models/digits/*`),
    ]);
  });

  test('on all of one stage', () => {
    const [statement] = granted('http');
    expect(flat(statement?.['Resource'])).toBe(arn('ApiHttpApi87079EB1', '$default/*/*'));
  });
});

describe('metrics', () => {
  const http = { ApiId: { Ref: 'ApiHttpApi87079EB1' }, Stage: '$default' };
  const rest = { ApiName: 'onnward-dev', Stage: { Ref: 'ApiRestApiDeploymentStagedevB88BFFBB' } };

  // Names and dimensions: the API Gateway developer guide, "Amazon API Gateway dimensions and metrics" of either kind.
  test.each([
    ['http', http, ['5xx', '4xx', 'Count', 'Latency']],
    ['rest', rest, ['5XXError', '4XXError', 'Count', 'Latency']],
  ] as const)('are those of AWS/ApiGateway: %s', (type, dimensions, names) => {
    const { stack, api } = newApi({ type });
    const metrics = [api.metricServerErrors(), api.metricClientErrors(), api.metricRequests(), api.metricLatency()];
    const configs = metrics.map((metric) => metric.toMetricConfig().metricStat);
    expect(configs.map((config) => config?.namespace)).toEqual(Array(4).fill('AWS/ApiGateway'));
    expect(configs.map((config) => config?.metricName)).toEqual(names);
    for (const config of configs) {
      const found = Object.fromEntries(
        (config?.dimensions ?? []).map(({ name, value }) => [name, stack.resolve(value)]),
      );
      expect(found).toEqual(dimensions);
    }
  });
});

describe('the function of a real service', () => {
  test.each(['http', 'rest'] as const)('is called by its alias, once that is there: %s', (type) => {
    const stack = newStack();
    const registry = ModelRegistry.fromAttributes(stack, 'Registry', { bucketName: 'models' });
    const liveAliases = new LiveAliasProvider(stack, 'LiveAliases', { stage: 'dev' });
    const packaging = 'zip';
    const service = new InferenceService(stack, 'Service', {
      stage: 'dev',
      model: 'iris',
      registry,
      liveAliases,
      packaging,
    });
    new InferenceApi(stack, 'Api', { stage: 'dev', registry, type }).addModel(service);
    const permissions = propertiesOf(Template.fromStack(stack), 'AWS::Lambda::Permission');
    const [, permission] = Object.entries(permissions).find(([id]) => id.includes('Invokeiris')) ?? [];
    expect(flat(permission?.['FunctionName'])).toMatch(/^<ServiceLive.*\.AliasArn>$/);
  });
});

test('the catalogue is told of every model that is added', () => {
  const functions = propertiesOf(templateOf({}, ['digits', 'fraud', 'iris.small']), 'AWS::Lambda::Function');
  const catalogue = Object.entries(functions).find(([id]) => id.startsWith('ApiCatalogue'))?.[1];
  expect(catalogue).toMatchObject({ Environment: { Variables: { ONNWARD_MODELS: 'digits,fraud,iris.small' } } });
});

test('names that do not fit into its environment are refused', () => {
  const { stack, api } = newApi({}, []);
  const names = Array.from({ length: 55 }, (_, index) => `${'m'.repeat(61)}${index + 10}`);
  const add = () => names.forEach((name) => api.addModel(fakeService(stack, name)));
  expect(add).toThrow('the names of 55 models have 3519 bytes, and 3500 fit into the environment of the catalogue.');
});

test('the same model twice is refused', () => {
  const { stack, api } = newApi({}, []);
  const service = fakeService(stack, 'digits');
  api.addModel(service);
  expect(() => api.addModel(service)).toThrow(/digits/);
});
