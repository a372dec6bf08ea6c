import type {
  ALBEvent,
  ALBResult,
  APIGatewayProxyEvent,
  APIGatewayProxyEventV2,
  APIGatewayProxyResult,
} from 'aws-lambda';

/** A request as a client sends it; the path may have a query string. */
export interface ClientRequest {
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | string;
}

interface ClientResponse {
  readonly status: number;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** What stands between a client and the function: shapes and rules as AWS documents them. */
export interface Gateway {
  readonly name: string;
  event(request: ClientRequest): unknown;
  response(result: unknown): ClientResponse;
}

const HOST = 'a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com';
const ALB_HOST = 'models-1234567890.eu-west-1.elb.amazonaws.com';

const forwarded = {
  'X-Amzn-Trace-Id': 'Root=1-6740a1b2-3c4d5e6f708192a3b4c5d6e7',
  'X-Forwarded-For': '203.0.113.7',
  'X-Forwarded-Port': '443',
  'X-Forwarded-Proto': 'https',
};

/** Text types travel as text, everything else as base64. */
function carried({ headers = {}, body }: ClientRequest): { body: string | undefined; isBase64Encoded: boolean } {
  if (body === undefined) return { body: undefined, isBase64Encoded: false };
  const lower = lowerCase(headers);
  const isText = /^text\/|^application\/json/.test(lower['content-type'] ?? '') && !lower['content-encoding'];
  return { body: Buffer.from(body).toString(isText ? 'utf8' : 'base64'), isBase64Encoded: !isText };
}

const lowerCase = (headers: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));

const mapped = <T>(values: Readonly<Record<string, string>>, to: (value: string) => T): Record<string, T> =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, to(value)]));

function split(path: string): { path: string; query: string; parameters: URLSearchParams } {
  const [before, query = ''] = path.split('?') as [string, string?];
  return { path: before, query, parameters: new URLSearchParams(query) };
}

/** The client's view of a result with single headers, or with multi-value ones. */
function fromResult(result: unknown): ClientResponse {
  const { statusCode, headers, multiValueHeaders, body, isBase64Encoded } = result as Partial<ALBResult>;
  const joined = Object.fromEntries(
    Object.entries(multiValueHeaders ?? {}).map(([name, values]) => [name, values.join(',')]),
  );
  return {
    status: statusCode as number,
    headers: lowerCase({ ...(headers as Record<string, string>), ...joined }),
    body: Buffer.from(body ?? '', isBase64Encoded ? 'base64' : 'utf8'),
  };
}

/** An HTTP API with payload format 2.0, on a named stage. Source: the developer guide's "payload format version 2.0". */
export const httpApi: Gateway = {
  name: 'an HTTP API (2.0)',
  event: (request) => apiGatewayV2Event(request, { stage: 'prod', domainName: HOST, prefix: '/prod' }),
  response: fromResult,
};

/** A function URL: payload format 2.0 on the stage `$default`; the path keeps its encoding. */
const functionUrl: Gateway = {
  name: 'a function URL',
  event: (request) =>
    apiGatewayV2Event(request, { stage: '$default', domainName: 'abc123.lambda-url.eu-west-1.on.aws', prefix: '' }),
  response: fromResult,
};

function apiGatewayV2Event(
  request: ClientRequest,
  { stage, domainName, prefix }: { stage: string; domainName: string; prefix: string },
): APIGatewayProxyEventV2 {
  const { path, query, parameters } = split(request.path);
  const rawPath = prefix + (prefix ? decodeURIComponent(path) : path);
  const { body, isBase64Encoded } = carried(request);
  return {
    version: '2.0',
    routeKey: '$default',
    rawPath,
    rawQueryString: query,
    headers: lowerCase({ ...forwarded, Host: domainName, ...request.headers }),
    ...(query && { queryStringParameters: Object.fromEntries(parameters) }),
    requestContext: {
      accountId: '123456789012',
      apiId: 'a1b2c3d4e5',
      domainName,
      domainPrefix: domainName.split('.')[0] as string,
      http: { method: request.method, path: rawPath, protocol: 'HTTP/1.1', sourceIp: '203.0.113.7', userAgent: 'test' },
      requestId: 'JKJaXmPLvHcESHA=',
      routeKey: '$default',
      stage,
      time: '22/Nov/2026:14:00:00 +0000',
      timeEpoch: 1795356000000,
    },
    ...(body !== undefined && { body }),
    isBase64Encoded,
  };
}

/** A REST API on a named stage whose `binaryMediaTypes` is '*\/*': header names keep their case, and every body is base64. */
export const restApi: Gateway = {
  name: 'a REST API (1.0)',
  event: (request) => restApiEvent(request),
  response: fromResult,
};

/** `overrides` are laid over the whole event, so that a test shows what it is about. */
export function restApiEvent(
  request: ClientRequest,
  overrides: Partial<APIGatewayProxyEvent> = {},
): APIGatewayProxyEvent {
  const { path, parameters } = split(request.path);
  const headers: Record<string, string> = { ...forwarded, Host: HOST, ...request.headers };
  const single = Object.fromEntries(parameters);
  return {
    resource: '/{proxy+}',
    path,
    httpMethod: request.method,
    headers,
    multiValueHeaders: mapped(headers, (value) => [value]),
    queryStringParameters: parameters.size > 0 ? single : null,
    multiValueQueryStringParameters:
      parameters.size > 0 ? Object.fromEntries(parameters.keys().map((name) => [name, parameters.getAll(name)])) : null,
    pathParameters: { proxy: path.slice(1) },
    stageVariables: null,
    requestContext: {
      accountId: '123456789012',
      apiId: 'a1b2c3d4e5',
      authorizer: null,
      domainName: HOST,
      extendedRequestId: 'c6af9ac6-7b61-11e6-9a41-93e8deadbeef',
      httpMethod: request.method,
      identity: { sourceIp: '203.0.113.7' } as APIGatewayProxyEvent['requestContext']['identity'],
      path: `/prod${path}`,
      protocol: 'HTTP/1.1',
      requestId: 'c6af9ac6-7b61-11e6-9a41-93e8deadbeef',
      requestTimeEpoch: 1795356000000,
      resourceId: '123456',
      resourcePath: '/{proxy+}',
      stage: 'prod',
    },
    body: request.body === undefined ? null : Buffer.from(request.body).toString('base64'),
    isBase64Encoded: request.body !== undefined,
    ...overrides,
  };
}

/** A load balancer: header names lower-cased, path and query string as the client encoded them. */
export const loadBalancer: Gateway = {
  name: 'a load balancer',
  event: (request) => {
    const headers = lowerCase({ ...forwarded, Host: ALB_HOST, ...request.headers });
    return { ...albEvent(request), queryStringParameters: encodedParameters(request.path), headers };
  },
  response: fromResult,
};

/** The same with the target group's `lambda.multi_value_headers.enabled`. */
const multiValueLoadBalancer: Gateway = {
  name: 'a load balancer with multi-value headers',
  event: (request) => ({
    ...albEvent(request),
    multiValueQueryStringParameters: mapped(encodedParameters(request.path), (value) => [value]),
    multiValueHeaders: mapped(lowerCase({ ...forwarded, Host: ALB_HOST, ...request.headers }), (value) => [value]),
  }),
  response: (result) => {
    if (!(result as APIGatewayProxyResult).multiValueHeaders)
      throw new Error('502: the target group wants multi-value headers');
    return fromResult(result);
  },
};

function albEvent(request: ClientRequest): ALBEvent {
  const { body, isBase64Encoded } = carried(request);
  return {
    requestContext: {
      elb: {
        targetGroupArn: 'arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/models/49e9d65c45c6791a',
      },
    },
    httpMethod: request.method,
    path: split(request.path).path,
    body: body ?? '',
    isBase64Encoded,
  };
}

const encodedParameters = (path: string): Record<string, string> =>
  Object.fromEntries(
    split(path)
      .query.split('&')
      .filter(Boolean)
      .map((pair) => pair.split('=') as [string, string]),
  );

export const GATEWAYS: readonly Gateway[] = [httpApi, functionUrl, restApi, loadBalancer, multiValueLoadBalancer];
