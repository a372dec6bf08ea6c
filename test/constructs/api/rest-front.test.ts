import { GATEWAY_RESPONSES } from '#constructs/api/gateway-responses.ts';
import type { InferenceApiOptions } from '#constructs/inference-api.ts';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { describe, expect, test } from 'vitest';
import { fakeService, flat, newApi, propertiesOf, templateOf } from './synth-api.ts';

const cors = { origins: ['https://app.example.com'] };

const rest = (options: InferenceApiOptions = {}, models?: readonly string[]) =>
  templateOf({ ...options, type: 'rest' }, models);

/** `METHOD path` of every method, with its auth, and what it calls. */
function methodsOf(template: Template): Record<string, { auth: string; key: boolean; target: string }> {
  const resources = propertiesOf(template, 'AWS::ApiGateway::Resource');
  const pathOf = (id: string): string => {
    const { PathPart, ParentId } = resources[id] ?? {};
    return PathPart === undefined ? '' : `${pathOf(flat(ParentId).slice(1, -1))}/${PathPart as string}`;
  };
  const methods = Object.values(propertiesOf(template, 'AWS::ApiGateway::Method'));
  return Object.fromEntries(
    methods.map(({ HttpMethod, ResourceId, AuthorizationType, ApiKeyRequired, Integration }) => {
      const path = pathOf(flat(ResourceId).slice(1, -1)) || '/';
      const target = /functions\/<(\w+?)[\dA-F]{8}/.exec(flat((Integration as { Uri: unknown }).Uri))?.[1] as string;
      const auth = AuthorizationType as string;
      return [`${HttpMethod as string} ${path}`, { auth, key: ApiKeyRequired === true, target }];
    }),
  );
}

describe('methods', () => {
  test('lead a model’s paths to its alias, and everything else on every level to the catalogue', () => {
    const catalogue = { auth: 'AWS_IAM', key: false, target: 'ApiCatalogueFunction' };
    const model = { ...catalogue, target: 'Livedigits' };
    expect(methodsOf(rest())).toEqual({
      'ANY /': catalogue,
      'ANY /{proxy+}': catalogue,
      'ANY /v2': catalogue,
      'ANY /v2/{proxy+}': catalogue,
      'ANY /v2/models': catalogue,
      'ANY /v2/models/{proxy+}': catalogue,
      'ANY /v2/models/digits': model,
      'ANY /v2/models/digits/{proxy+}': model,
    });
  });

  test('are open where that is said, of one model too', () => {
    const { stack, api } = newApi({ type: 'rest' }, ['digits']);
    api.addModel(fakeService(stack, 'fraud'), { auth: 'none' });
    const methods = methodsOf(Template.fromStack(stack));
    const open = Object.keys(methods).filter((key) => methods[key]?.auth === 'NONE');
    expect(open).toEqual(['ANY /v2/models/fraud', 'ANY /v2/models/fraud/{proxy+}']);
  });

  test('want an API key where there are keys, whoever else may call', () => {
    for (const auth of ['iam', 'none'] as const) {
      const methods = Object.values(methodsOf(rest({ auth, apiKeys: {} })));
      expect(methods.every(({ key }) => key)).toBe(true);
    }
  });

  test('with CORS let browsers ask without credentials or key, of the catalogue, on every path', () => {
    const methods = methodsOf(rest({ cors, apiKeys: {} }));
    const paths = (verb: string) =>
      Object.keys(methods).flatMap((key) => (key.startsWith(verb) ? key.split(' ')[1] : []));
    expect(new Set(paths('OPTIONS'))).toEqual(new Set(paths('ANY')));
    for (const [key, method] of Object.entries(methods)) {
      if (key.startsWith('OPTIONS'))
        expect(method).toEqual({ auth: 'NONE', key: false, target: 'ApiCatalogueFunction' });
    }
  });
});

test('bytes pass whatever their type, so that binary tensors arrive', () => {
  rest().hasResourceProperties('AWS::ApiGateway::RestApi', {
    BinaryMediaTypes: ['*/*'],
    EndpointConfiguration: { Types: ['REGIONAL'] },
  });
});

test('a function has one permission, for this API and its own path', () => {
  const permissions = Object.values(propertiesOf(rest(), 'AWS::Lambda::Permission'));
  const arn = 'arn:<AWS::Partition>:execute-api:<AWS::Region>:<AWS::AccountId>:<ApiRestApi4D651480>';
  expect(permissions.map(({ SourceArn }) => flat(SourceArn))).toEqual([`${arn}/*/*/*`, `${arn}/*/*/v2/models/digits*`]);
});

describe('the deployment', () => {
  const idOf = (template: Template) => Object.keys(template.findResources('AWS::ApiGateway::Deployment'))[0];

  test.each([
    ['another model', {}, ['digits', 'fraud']],
    ['another auth', { auth: 'none' }, ['digits']],
    ['a key', { apiKeys: {} }, ['digits']],
    ['an origin', { cors }, ['digits']],
  ] as const)('is a new one for %s', (_, options, models) => {
    expect(idOf(rest(options, models))).not.toBe(idOf(rest({}, ['digits'])));
  });

  test('is the same where nothing changed, and waits for every method', () => {
    const template = rest();
    expect(idOf(template)).toBe(idOf(rest()));
    const [deployment] = Object.values(template.findResources('AWS::ApiGateway::Deployment'));
    const methods = Object.keys(template.findResources('AWS::ApiGateway::Method'));
    expect((deployment as { DependsOn: string[] }).DependsOn).toEqual(expect.arrayContaining(methods));
  });
});

describe('the stage', () => {
  test('is named as ours, and throttles all methods', () => {
    rest({ throttle: { rate: 5, burst: 7 } }).hasResourceProperties('AWS::ApiGateway::Stage', {
      StageName: 'dev',
      MethodSettings: [
        {
          HttpMethod: '*',
          ResourcePath: '/*',
          ThrottlingRateLimit: 5,
          ThrottlingBurstLimit: 7,
          DataTraceEnabled: false,
        },
      ],
    });
  });

  test('writes an access log by the account’s role, which stays when the stack goes', () => {
    const template = rest();
    template.hasResourceProperties('AWS::ApiGateway::Stage', {
      AccessLogSetting: {
        Format: Match.stringLikeRegexp('"path":"\\$context\\.path"'),
        DestinationArn: Match.anyValue(),
      },
    });
    template.hasResource('AWS::ApiGateway::Account', { DeletionPolicy: 'Retain' });
    const ids = Object.keys(template.findResources('AWS::IAM::Role', { DeletionPolicy: 'Retain' }));
    expect(ids).toEqual([expect.stringMatching(/^ApiRestApiCloudWatchRole/)]);
  });

  test('without a log leaves the account as it is', () => {
    const template = rest({ accessLogs: false });
    template.resourceCountIs('AWS::ApiGateway::Account', 0);
    template.hasResourceProperties('AWS::ApiGateway::Stage', { AccessLogSetting: Match.absent() });
  });
});

describe('keys', () => {
  test('have a plan with a quota of the month', () => {
    const template = rest({ apiKeys: { monthlyQuota: 1000 } });
    template.hasResourceProperties('AWS::ApiGateway::UsagePlan', { Quota: { Limit: 1000, Period: 'MONTH' } });
    template.resourceCountIs('AWS::ApiGateway::ApiKey', 1);
    template.resourceCountIs('AWS::ApiGateway::UsagePlanKey', 1);
    expect(Object.keys(template.findOutputs('*'))).toEqual([expect.stringMatching(/^ApiRestKeyId/)]);
  });

  test('have none where none is said', () => {
    rest({ apiKeys: {} }).hasResourceProperties('AWS::ApiGateway::UsagePlan', { Quota: Match.absent() });
    rest().resourceCountIs('AWS::ApiGateway::UsagePlan', 0);
  });
});

test('a web ACL stands before the stage', () => {
  const webAcl = 'arn:aws:wafv2:eu-west-1:111122223333:regional/webacl/a/1';
  const [association] = Object.values(propertiesOf(rest({ webAcl }), 'AWS::WAFv2::WebACLAssociation'));
  expect(association?.['WebACLArn']).toBe(webAcl);
  expect(flat(association?.['ResourceArn'])).toBe(
    'arn:<AWS::Partition>:apigateway:<AWS::Region>::/restapis/<ApiRestApi4D651480>/stages/<ApiRestApiDeploymentStagedevB88BFFBB>',
  );
});

test('a custom domain maps the stage away', () => {
  const certificateArn = 'arn:aws:acm:eu-west-1:111122223333:certificate/1';
  const template = rest({ domain: { domainName: 'models.example.com', certificateArn } });
  template.hasResourceProperties('AWS::ApiGateway::DomainName', {
    DomainName: 'models.example.com',
    RegionalCertificateArn: certificateArn,
    SecurityPolicy: 'TLS_1_2',
  });
  template.hasResourceProperties('AWS::ApiGateway::BasePathMapping', {
    BasePath: Match.absent(),
    Stage: { Ref: 'ApiRestApiDeploymentStagedevB88BFFBB' },
  });
});

describe('what API Gateway answers by itself', () => {
  const responsesOf = (options: InferenceApiOptions) =>
    Object.values(propertiesOf(rest(options), 'AWS::ApiGateway::GatewayResponse'));

  // Types and statuses: the API Gateway developer guide, "Gateway response types for API Gateway".
  test.each([
    ['ACCESS_DENIED', '403'],
    ['API_CONFIGURATION_ERROR', '500'],
    ['AUTHORIZER_CONFIGURATION_ERROR', '500'],
    ['AUTHORIZER_FAILURE', '500'],
    ['BAD_REQUEST_BODY', '400'],
    ['BAD_REQUEST_PARAMETERS', '400'],
    ['DEFAULT_4XX', undefined],
    ['DEFAULT_5XX', undefined],
    ['EXPIRED_TOKEN', '403'],
    ['INTEGRATION_FAILURE', '504'],
    ['INTEGRATION_TIMEOUT', '504'],
    ['INVALID_API_KEY', '403'],
    ['INVALID_SIGNATURE', '403'],
    ['MISSING_AUTHENTICATION_TOKEN', '403'],
    ['QUOTA_EXCEEDED', '429'],
    ['REQUEST_TOO_LARGE', '413'],
    ['RESOURCE_NOT_FOUND', '404'],
    ['THROTTLED', '429'],
    ['UNAUTHORIZED', '401'],
    ['UNSUPPORTED_MEDIA_TYPE', '415'],
    ['WAF_FILTERED', '403'],
  ])('%s has the protocol’s shape and status %s', (type, status) => {
    const response = responsesOf({}).find(({ ResponseType }) => ResponseType === type);
    expect(response?.['StatusCode']).toBe(status);
    const templates = response?.['ResponseTemplates'] as Record<string, string> | undefined;
    // The variable is the message with its quotes.
    const body = (templates?.['application/json'] ?? '').replace(
      '$context.error.messageString',
      JSON.stringify('Say "when"'),
    );
    expect(JSON.parse(body)).toEqual({ error: 'Say "when"' });
  });

  test('is all of the types that API Gateway’s own model names', () => {
    expect(Object.keys(GATEWAY_RESPONSES)).toHaveLength(21);
    expect(responsesOf({})).toHaveLength(21);
  });

  test('says when to come again where that is soon', () => {
    const throttled = responsesOf({}).find(({ ResponseType }) => ResponseType === 'THROTTLED');
    expect(throttled?.['ResponseParameters']).toEqual({ 'gatewayresponse.header.Retry-After': "'1'" });
  });

  test.each([
    [['https://app.example.com'], "'https://app.example.com'"],
    [['*'], "'*'"],
    [['https://a.example.com', 'https://b.example.com'], undefined],
  ])('can be read by pages of %j', (origins, header) => {
    for (const { ResponseParameters } of responsesOf({ cors: { origins } })) {
      const parameters = (ResponseParameters ?? {}) as Record<string, string>;
      expect(parameters['gatewayresponse.header.Access-Control-Allow-Origin']).toBe(header);
    }
  });
});

test('functions behind it are told the origins that they are to name', () => {
  const { stack } = newApi({ type: 'rest', cors: { origins: ['https://a.example.com', 'https://b.example.com'] } });
  const functions = Object.values(propertiesOf(Template.fromStack(stack), 'AWS::Lambda::Function'));
  expect(functions).toHaveLength(2);
  for (const { Environment } of functions) {
    expect(Environment).toMatchObject({
      Variables: { ONNWARD_ORIGINS: 'https://a.example.com https://b.example.com' },
    });
  }
});

test('it has room for 147 models', () => {
  const add = (count: number) => {
    const { stack, api } = newApi({ type: 'rest' }, []);
    const service = fakeService(stack, 'm');
    for (let each = 0; each < count; each++) api.addModel({ ...service, model: `m${each}` });
  };
  add(147);
  expect(() => add(148)).toThrow('148 models need 302 resources of the API, and there can be 300.');
});

test('a model costs five resources, seven with CORS', () => {
  const count = (options: InferenceApiOptions, models: string[]) => {
    const types = Object.values(rest(options, models).toJSON().Resources as Record<string, { Type: string }>);
    return types.filter(({ Type }) => /ApiGateway|Permission/.test(Type)).length;
  };
  expect(count({}, ['a', 'b']) - count({}, ['a'])).toBe(5);
  expect(count({ cors }, ['a', 'b']) - count({ cors }, ['a'])).toBe(7);
});

test('logical ids are a contract: another one would make a new API, with a new URL', () => {
  const template = rest({ apiKeys: {} });
  const ids = (type: string) => Object.keys(template.findResources(type));
  expect(ids('AWS::ApiGateway::RestApi')).toEqual(['ApiRestApi4D651480']);
  expect(ids('AWS::ApiGateway::Stage')).toEqual(['ApiRestApiDeploymentStagedevB88BFFBB']);
  expect(ids('AWS::ApiGateway::ApiKey')).toHaveLength(1);
});
