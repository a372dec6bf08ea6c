import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { apiGatewayV1 } from '#serving/events/api-gateway-v1.ts';
import { kindOf } from '#serving/events/select.ts';
import {
  type Gateway,
  GATEWAYS,
  httpApi,
  loadBalancer,
  restApi,
  restApiEvent,
  type ClientRequest,
} from '../../functions/inference/gateways.ts';

const infer = '/v2/models/digits/infer';
const json = { method: 'POST', path: infer, headers: { 'Content-Type': 'application/json' }, body: '{"inputs":[]} é' };
const bytes = Uint8Array.from({ length: 256 }, (_, index) => index);
const binary = { method: 'POST', path: infer, headers: { 'Content-Type': 'application/octet-stream' }, body: bytes };

const requestOf = (event: unknown): Request => kindOf(event, 'digits').toRequest(event).toWeb();

describe.each(GATEWAYS)('from $name', (gateway) => {
  const received = (request: ClientRequest) => requestOf(gateway.event(request));
  const sent = async (response: Response) => {
    const event = gateway.event(json);
    return gateway.response(await kindOf(event, 'digits').toResult(response, event));
  };

  test('a JSON body arrives as it was sent, and so does its length', async () => {
    const request = received(json);
    expect(request.method).toBe('POST');
    expect(new URL(request.url).pathname).toBe(infer);
    expect(request.headers.get('content-length')).toBe(String(Buffer.byteLength(json.body)));
    expect(await request.text()).toBe(json.body);
  });

  test('every byte of a binary body arrives', async () => {
    expect(await received(binary).bytes()).toEqual(bytes);
  });

  test('headers arrive whatever their case', () => {
    const headers = { 'Inference-Header-Content-Length': '12', 'X-REQUEST-ID': 'r-1' };
    const request = received({ ...binary, headers: { ...binary.headers, ...headers } });
    expect(request.headers.get('inference-header-content-length')).toBe('12');
    expect(request.headers.get('x-request-id')).toBe('r-1');
    expect(request.headers.get('x-forwarded-proto')).toBe('https');
  });

  test.each(['GET', 'HEAD'])('%s has no body', async (method) => {
    const request = received({ method, path: '/v2' });
    expect(request.method).toBe(method);
    expect(await request.text()).toBe('');
  });

  test('a body that no HEAD can have is left out', async () => {
    expect(await received({ ...json, method: 'HEAD' }).text()).toBe('');
  });

  test('an empty body is empty', async () => {
    expect(await received({ ...json, body: '' }).text()).toBe('');
  });

  test('the query string arrives', () => {
    const { searchParams } = new URL(received({ method: 'GET', path: '/v2?name=a%20b&empty=&mark=%26%3D' }).url);
    expect([...searchParams]).toEqual([
      ['name', 'a b'],
      ['empty', ''],
      ['mark', '&='],
    ]);
  });

  test.each([
    '/v2/models/a%20b',
    '/v2/models/%C3%A9t%C3%A9',
    '/v2/models/a%3Fb',
    '/v2/models/a%23b',
    '/v2/models/100%25',
  ])('the path %s arrives, encoded', (path) =>
    expect(new URL(received({ method: 'GET', path }).url).pathname).toBe(path),
  );

  test('a JSON answer travels as text', async () => {
    const response = await sent(Response.json({ ok: 'é' }, { status: 201, headers: { 'x-request-id': 'r-1' } }));
    expect(response.status).toBe(201);
    expect(response.headers).toMatchObject({ 'content-type': 'application/json', 'x-request-id': 'r-1' });
    expect(JSON.parse(Buffer.from(response.body).toString())).toEqual({ ok: 'é' });
  });

  test('every byte of a binary answer travels', async () => {
    const headers = { 'content-type': 'application/octet-stream', 'inference-header-content-length': '3' };
    const response = await sent(new Response(bytes, { headers }));
    expect(response.headers).toMatchObject(headers);
    expect(Uint8Array.from(response.body)).toEqual(bytes);
  });

  test('a compressed answer travels as bytes, though its type is text', async () => {
    const headers = { 'content-type': 'application/json', 'content-encoding': 'gzip' };
    expect(Uint8Array.from((await sent(new Response(bytes, { headers }))).body)).toEqual(bytes);
  });

  test('an answer may have no body', async () => {
    const response = await sent(new Response(null, { status: 204 }));
    expect([response.status, response.body.byteLength]).toEqual([204, 0]);
  });

  test('bad base64 is refused, and the body is not shown', () => {
    const event = { ...(gateway.event(binary) as object), body: 'c2VjcmV0!!!!', isBase64Encoded: true };
    expect(() => requestOf(event)).toThrow(expect.objectContaining({ code: 'event.bad_base64', kind: 'invalid' }));
    expect(() => requestOf(event)).not.toThrow(/c2VjcmV0/);
  });

  test('a header that HTTP does not allow is refused', () => {
    const headers = { 'x-note': 'two\nlines' };
    expect(() => received({ method: 'GET', path: '/v2', headers })).toThrow(/"x-note" is not one that HTTP allows/);
  });
});

describe('the prefix of a path', () => {
  const path = (event: unknown) => new URL(requestOf(event).url).pathname;
  const request = { method: 'GET', path: '/v2/models/digits' };
  const rest = (overrides: object) => path(restApiEvent(request, overrides));

  test('is the stage on an HTTP API, at its root too', () => {
    expect(path(httpApi.event({ ...request, path: '' }))).toBe('/');
    expect(path(httpApi.event(request))).toBe('/v2/models/digits');
  });

  test('is nothing where a path only begins with the same letters', () => {
    const event = httpApi.event(request) as { rawPath: string };
    expect(path({ ...event, rawPath: '/production/v2' })).toBe('/production/v2');
  });

  test("is a custom domain's base path on a REST API, in front of a proxy resource", () => {
    expect(rest({ path: '/ml/a/v2/models/digits' })).toBe('/v2/models/digits');
    expect(rest({ path: '/ml/a/v2/models/digits/' })).toBe('/v2/models/digits');
  });

  test("is a custom domain's base path in front of a resource with parameters", () => {
    const resource = '/v2/models/{model}/{proxy+}';
    const pathParameters = { model: 'digits', proxy: 'versions/3/infer' };
    expect(rest({ path: '/ml/v2/models/digits/versions/3/infer', resource, pathParameters })).toBe(
      '/v2/models/digits/versions/3/infer',
    );
  });

  test('is the stage of an HTTP API with payload format 1.0, whose resource says nothing', () => {
    expect(rest({ path: '/prod/v2/models/digits', resource: '$default', pathParameters: null })).toBe(
      '/v2/models/digits',
    );
  });

  test('is nothing on a REST API by its own address', () => {
    expect(rest({})).toBe('/v2/models/digits');
    expect(rest({ path: '/', resource: '/', pathParameters: null })).toBe('/');
  });

  test('is nothing behind a load balancer', () => {
    expect(path(loadBalancer.event(request))).toBe('/v2/models/digits');
  });
});

describe('what only one kind has', () => {
  test('a REST API gets a compressed answer only where it shows that it passes bytes', () => {
    const zipped = { ...json, headers: { ...json.headers, 'Accept-Encoding': 'gzip' } };
    const asked = (event: unknown) => requestOf(event).headers.get('accept-encoding');
    expect(asked(restApi.event(zipped))).toBe('gzip');
    expect(asked(restApiEvent(zipped, { body: json.body, isBase64Encoded: false }))).toBeNull();
    expect(asked(restApi.event({ ...binary, headers: { ...binary.headers, 'Accept-Encoding': 'gzip' } }))).toBeNull();
    expect(asked(restApi.event({ method: 'GET', path: '/v2', headers: { 'Accept-Encoding': 'gzip' } }))).toBeNull();
  });

  test('bytes that a REST API took for text are refused with the cure', () => {
    const body = Buffer.from(bytes).toString('utf8');
    expect(() => requestOf(restApiEvent(binary, { body, isBase64Encoded: false }))).toThrow(
      expect.objectContaining({ code: 'event.binary_as_text', fix: expect.stringContaining('binaryMediaTypes') }),
    );
  });

  test('a REST API sends each of several values', () => {
    const multiValueHeaders = { Accept: ['application/json', 'text/plain'] };
    const multiValueQueryStringParameters = { a: ['1', '2&3'] };
    const request = requestOf(restApiEvent(json, { multiValueHeaders, multiValueQueryStringParameters }));
    expect(request.headers.get('accept')).toBe('application/json, text/plain');
    expect(new URL(request.url).searchParams.getAll('a')).toEqual(['1', '2&3']);
  });

  test('API Gateway’s own console sends headers as null', () => {
    const event = restApiEvent(json, { headers: null, multiValueHeaders: null } as object);
    expect(new URL(apiGatewayV1.toRequest(event).url).host).toBe('localhost');
  });

  test('a load balancer wants the status in words', async () => {
    const event = loadBalancer.event(json);
    const result = await kindOf(event, 'digits').toResult(new Response('', { status: 429 }), event);
    expect(result).toMatchObject({ statusCode: 429, statusDescription: '429 Too Many Requests' });
  });
});

describe('pages of other origins', () => {
  afterEach(() => void vi.unstubAllEnvs());

  const answered = async (gateway: Gateway, headers: Record<string, string>) => {
    const event = gateway.event({ ...json, headers: { ...json.headers, Origin: 'https://app.example.com' } });
    return gateway.response(await kindOf(event, 'digits').toResult(new Response('{}', { headers }), event)).headers;
  };

  test('are named by the function behind a REST API, beside what varies already', async () => {
    vi.stubEnv('ONNWARD_ORIGINS', 'https://app.example.com');
    const headers = await answered(restApi, { vary: 'accept-encoding' });
    expect(headers).toMatchObject({
      'access-control-allow-origin': 'https://app.example.com',
      vary: 'accept-encoding,origin',
    });
  });

  test('are not where nobody allowed any, or API Gateway does it', async () => {
    expect(await answered(restApi, {})).not.toHaveProperty('access-control-allow-origin');
    vi.stubEnv('ONNWARD_ORIGINS', 'https://app.example.com');
    expect(await answered(httpApi, {})).not.toHaveProperty('access-control-allow-origin');
  });
});

test('the payloads that the docs show are what the docs say', () => {
  const page = readFileSync(new URL('../../../docs/reference/function.md', import.meta.url), 'utf8');
  const [plain, event] = [...page.matchAll(/```json\n(.*?)```/gs)].map(
    ([, json]) => JSON.parse(json as string) as unknown,
  );
  expect(kindOf(plain, 'digits').name).toBe('Lambda');
  expect(kindOf(event, 'digits')).toBe(kindOf(httpApi.event(json), 'digits'));
  expect(requestOf(event).url).toBe('https://localhost/v2/models/digits');
});
