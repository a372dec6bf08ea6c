import type { InferenceApiOptions } from '#constructs/inference-api.ts';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { describe, expect, test } from 'vitest';
import { fakeService, flat, newApi, propertiesOf, templateOf } from './synth-api.ts';

interface Route {
  readonly auth: string;
  /** The logical id of the function, or of its alias. */
  readonly target: string;
}

/** What a template routes where, by route key. */
function routesOf(template: Template): Record<string, Route> {
  const integrations = propertiesOf(template, 'AWS::ApiGatewayV2::Integration');
  const routes = Object.values(propertiesOf(template, 'AWS::ApiGatewayV2::Route'));
  return Object.fromEntries(
    routes.map(({ RouteKey, AuthorizationType, Target }) => {
      const integration = integrations[flat(Target).replace(/^integrations\/<(.*)>$/, '$1')];
      const target = flat(integration?.['IntegrationUri']).replace(/^<(\w+?)[\dA-F]{8}.*>$/, '$1');
      return [RouteKey as string, { auth: AuthorizationType as string, target }];
    }),
  );
}

const cors = { origins: ['https://app.example.com'] };

describe('routes', () => {
  test('lead a model’s paths to its alias, and everything else to the catalogue, for those who sign', () => {
    expect(routesOf(templateOf({}, ['digits', 'iris.small']))).toEqual({
      $default: { auth: 'AWS_IAM', target: 'ApiCatalogueFunction' },
      'ANY /v2/models/digits': { auth: 'AWS_IAM', target: 'Livedigits' },
      'ANY /v2/models/digits/{proxy+}': { auth: 'AWS_IAM', target: 'Livedigits' },
      'ANY /v2/models/iris.small': { auth: 'AWS_IAM', target: 'Liveirissmall' },
      'ANY /v2/models/iris.small/{proxy+}': { auth: 'AWS_IAM', target: 'Liveirissmall' },
    });
  });

  test('are open only where that is said', () => {
    const routes = routesOf(templateOf({ auth: 'none' }));
    expect(new Set(Object.values(routes).map(({ auth }) => auth))).toEqual(new Set(['NONE']));
  });

  test.each([
    [{}, 'none', 'AWS_IAM', 'NONE'],
    [{ auth: 'none' }, 'iam', 'NONE', 'AWS_IAM'],
    [{ jwt: { issuer: 'https://id.example.com', audience: ['a'] } }, 'jwt', 'AWS_IAM', 'JWT'],
  ] as const)('of a model follow its own auth: %j and %s', (options, auth, common, own) => {
    const { stack, api } = newApi(options, ['digits']);
    api.addModel(fakeService(stack, 'fraud'), { auth });
    const routes = routesOf(Template.fromStack(stack));
    expect(routes['$default']?.auth).toBe(common);
    expect(routes['ANY /v2/models/digits/{proxy+}']?.auth).toBe(common);
    expect(routes['ANY /v2/models/fraud']?.auth).toBe(own);
    expect(routes['ANY /v2/models/fraud/{proxy+}']?.auth).toBe(own);
  });

  test('with CORS let browsers ask without credentials, of the catalogue, on every path', () => {
    const routes = routesOf(templateOf({ cors }));
    const preflights = Object.entries(routes).filter(([key]) => key.startsWith('OPTIONS'));
    expect(Object.fromEntries(preflights)).toEqual({
      'OPTIONS /{proxy+}': { auth: 'NONE', target: 'ApiCatalogueFunction' },
      'OPTIONS /v2/models/digits': { auth: 'NONE', target: 'ApiCatalogueFunction' },
      'OPTIONS /v2/models/digits/{proxy+}': { auth: 'NONE', target: 'ApiCatalogueFunction' },
    });
    expect(routes['ANY /v2/models/digits']?.auth).toBe('AWS_IAM');
  });
});

test('a JWT is checked against issuer and audience', () => {
  const template = templateOf({ auth: 'jwt', jwt: { issuer: 'https://id.example.com', audience: ['a', 'b'] } });
  template.hasResourceProperties('AWS::ApiGatewayV2::Authorizer', {
    AuthorizerType: 'JWT',
    IdentitySource: ['$request.header.Authorization'],
    JwtConfiguration: { Issuer: 'https://id.example.com', Audience: ['a', 'b'] },
  });
  template.resourceCountIs('AWS::ApiGatewayV2::Authorizer', 1);
});

test('each function has one integration, with payload format 2.0', () => {
  const integrations = Object.values(propertiesOf(templateOf({ cors }), 'AWS::ApiGatewayV2::Integration'));
  expect(integrations).toHaveLength(2);
  for (const integration of integrations) {
    expect(integration).toMatchObject({ IntegrationType: 'AWS_PROXY', PayloadFormatVersion: '2.0' });
  }
});

test('a function has one permission, for this API and its own path, and it waits for the alias', () => {
  const template = templateOf({}, ['digits', 'fraud']);
  const permissions = Object.values(propertiesOf(template, 'AWS::Lambda::Permission'));
  const arn = 'arn:<AWS::Partition>:execute-api:<AWS::Region>:<AWS::AccountId>:<ApiHttpApi87079EB1>';
  expect(permissions.map(({ SourceArn }) => flat(SourceArn))).toEqual([
    `${arn}/*/*`,
    `${arn}/*/*/v2/models/digits*`,
    `${arn}/*/*/v2/models/fraud*`,
  ]);
  template.hasResource('AWS::Lambda::Permission', {
    Properties: Match.objectLike({ Principal: 'apigateway.amazonaws.com', Action: 'lambda:InvokeFunction' }),
    DependsOn: [Match.stringLikeRegexp('^Livedigits')],
  });
});

/** As IAM compares: `*` is any number of characters, slashes too. */
const matches = (pattern: string, text: string): boolean =>
  new RegExp(`^${pattern.replaceAll(/[.?+^$()[\]{}|\\]/g, '\\$&').replaceAll('*', '.*')}$`).test(text);

test.each(['$default/$default', '$default/OPTIONS/{proxy+}'])(
  'the catalogue may be called for the route %s',
  (route) => {
    const [catalogue] = Object.values(propertiesOf(templateOf({ cors }), 'AWS::Lambda::Permission'));
    const pattern = flat(catalogue?.['SourceArn']);
    expect(matches(pattern, `${pattern.slice(0, pattern.indexOf('/'))}/${route}`)).toBe(true);
  },
);

describe('the stage', () => {
  const stageOf = (options?: InferenceApiOptions) =>
    Object.values(propertiesOf(templateOf(options), 'AWS::ApiGatewayV2::Stage'))[0] as Record<string, unknown>;

  test('is $default, deploys by itself and lets 100 requests a second through', () => {
    expect(stageOf()).toMatchObject({
      StageName: '$default',
      AutoDeploy: true,
      DefaultRouteSettings: { ThrottlingRateLimit: 100, ThrottlingBurstLimit: 200 },
    });
  });

  test('lets through what it is told', () => {
    expect(stageOf({ throttle: { rate: 5, burst: 7 } })).toMatchObject({
      DefaultRouteSettings: { ThrottlingRateLimit: 5, ThrottlingBurstLimit: 7 },
    });
  });

  test('writes a line of JSON for each request, with nothing of its payload, query or headers', () => {
    const { Format } = stageOf()['AccessLogSettings'] as { Format: string };
    const fields = JSON.parse(Format) as Record<string, string>;
    expect(Object.keys(fields)).toEqual([
      'time',
      'requestId',
      'caller',
      'sourceIp',
      'method',
      'path',
      'status',
      'bytes',
      'latencyMs',
      'error',
      'route',
      'integrationStatus',
      'integrationError',
    ]);
    // Variables: the API Gateway developer guide, "Customize HTTP API access logs".
    for (const variable of Object.values(fields)) expect(variable).toMatch(/^\$context\.[A-Za-z.]+$/);
  });

  test('writes to a group of its own, which goes after a month, or when one says', () => {
    const groups = (options: InferenceApiOptions) =>
      templateOf(options).findResources('AWS::Logs::LogGroup', {
        Properties: { LogGroupName: '/aws/vendedlogs/onnward-dev--api' },
      });
    expect(Object.values(groups({}))).toMatchObject([
      { Properties: { RetentionInDays: 30 }, DeletionPolicy: 'Delete' },
    ]);
    expect(Object.values(groups({ logRetention: 7 }))).toMatchObject([{ Properties: { RetentionInDays: 7 } }]);
    expect(groups({ accessLogs: false })).toEqual({});
    expect(stageOf({ accessLogs: false })).not.toHaveProperty('AccessLogSettings');
  });
});

test('a custom domain speaks TLS 1.2 and leads to the stage, without a path of its own', () => {
  const certificateArn = 'arn:aws:acm:eu-west-1:111122223333:certificate/1';
  const template = templateOf({ domain: { domainName: 'models.example.com', certificateArn } });
  template.hasResourceProperties('AWS::ApiGatewayV2::DomainName', {
    DomainName: 'models.example.com',
    DomainNameConfigurations: [{ CertificateArn: certificateArn, EndpointType: 'REGIONAL', SecurityPolicy: 'TLS_1_2' }],
  });
  template.hasResourceProperties('AWS::ApiGatewayV2::ApiMapping', { Stage: '$default', ApiMappingKey: Match.absent() });
});

test('CORS names the protocol’s headers both ways, and every method without a wildcard', () => {
  templateOf({ cors }).hasResourceProperties('AWS::ApiGatewayV2::Api', {
    CorsConfiguration: {
      AllowOrigins: cors.origins,
      AllowMethods: ['GET', 'HEAD', 'POST', 'OPTIONS'],
      AllowHeaders: Match.arrayWith(['authorization', 'inference-header-content-length', 'x-amz-security-token']),
      ExposeHeaders: Match.arrayWith(['inference-header-content-length', 'x-request-id']),
      AllowCredentials: Match.absent(),
      MaxAge: 3600,
    },
  });
  templateOf().hasResourceProperties('AWS::ApiGatewayV2::Api', { CorsConfiguration: Match.absent() });
});

describe('an API has room', () => {
  const add = (options: InferenceApiOptions, count: number) => {
    const { stack, api } = newApi(options, []);
    const service = fakeService(stack, 'm');
    for (let each = 0; each < count; each++) api.addModel({ ...service, model: `m${each}` });
  };

  test.each([
    [{}, 149, '150 models need 301 routes of the API, and there can be 300.'],
    [{ cors }, 74, '75 models need 302 routes of the API, and there can be 300.'],
    [{ routeLimit: 700 }, 299, '300 models need 301 integrations of the API, and there can be 300.'],
  ])('with %j for %i models', (options, most, message) => {
    add(options, most);
    expect(() => add(options, most + 1)).toThrow(message);
    expect(() => add(options, most + 1)).toThrow(
      expect.objectContaining({ code: 'api.full', fix: expect.stringContaining(`at most ${most} models`) }),
    );
  });

  test('for more once AWS has raised what can be raised', () => {
    expect(() => add({}, 150)).toThrow(expect.objectContaining({ fix: expect.stringContaining('set routeLimit') }));
    expect(() => add({ routeLimit: 302 }, 150)).not.toThrow();
    expect(() => add({ routeLimit: 700 }, 300)).toThrow(
      expect.objectContaining({ fix: expect.not.stringContaining('routeLimit') }),
    );
  });
});

test('a model costs four resources, six with CORS', () => {
  const count = (options: InferenceApiOptions, models: string[]) => {
    const types = Object.values(templateOf(options, models).toJSON().Resources as Record<string, { Type: string }>);
    return types.filter(({ Type }) => /ApiGateway|Permission/.test(Type)).length;
  };
  expect(count({}, ['a', 'b']) - count({}, ['a'])).toBe(4);
  expect(count({ cors }, ['a', 'b']) - count({ cors }, ['a'])).toBe(6);
});

test('logical ids are a contract: another one would make a new API, with a new URL', () => {
  const template = templateOf({
    domain: { domainName: 'm.example.com', certificateArn: 'arn:aws:acm:e:1:certificate/1' },
  });
  const ids = (type: string) => Object.keys(template.findResources(type));
  expect(ids('AWS::ApiGatewayV2::Api')).toEqual(['ApiHttpApi87079EB1']);
  expect(ids('AWS::ApiGatewayV2::Stage')).toEqual(['ApiHttpStage79985CC1']);
  expect(ids('AWS::ApiGatewayV2::DomainName')).toEqual(['ApiHttpDomainC8B8D1BB']);
  expect(ids('AWS::ApiGatewayV2::ApiMapping')).toEqual(['ApiHttpMapping631295EE']);
});
