import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { InvocationContext } from '#serving/events/respond.ts';
import { newRegistry, registerFixture } from '../../support/registry.ts';
import { httpApi, restApi, restApiEvent, type ClientRequest } from '../inference/gateways.ts';

type Handler = (event: unknown, context: InvocationContext) => Promise<unknown>;

const context = { awsRequestId: 'r-1', getRemainingTimeInMillis: () => 10_000 };

let registry: Awaited<ReturnType<typeof newRegistry>>;

beforeEach(async () => {
  registry = await newRegistry();
  vi.stubEnv('ONNWARD_STORE', registry.store.url);
  vi.stubEnv('ONNWARD_MODELS', 'digits,fraud');
  vi.spyOn(console, 'error').mockReturnValue();
});

afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

/** A fresh instance of the function, as Lambda starts one. */
async function start(): Promise<Handler> {
  vi.resetModules();
  const { handler } = await import('../../../functions/catalogue/handler.ts');
  return handler;
}

async function ask(handler: Handler, request: ClientRequest, gateway = httpApi) {
  const { status, headers, body } = gateway.response(await handler(gateway.event(request), context));
  const text = Buffer.from(body).toString();
  return { status, headers, body: (text && JSON.parse(text)) as unknown };
}

const get = (handler: Handler, path: string) => ask(handler, { method: 'GET', path });
const index = (handler: Handler, body = '') => ask(handler, { method: 'POST', path: '/v2/repository/index', body });

const release = async (name: string): Promise<void> => {
  const { version } = await registerFixture(registry.registry, name, 'identity_fp32');
  await registry.registry.setAlias(name, 'live', version, { force: true });
};

const digits = { name: 'digits', version: '1', state: 'READY', reason: '' };
const fraud = {
  name: 'fraud',
  version: '',
  state: 'UNAVAILABLE',
  reason: "no version is live: run 'onnward deploy fraud:VERSION'",
};

describe.each([httpApi, restApi])('through $name', (gateway) => {
  test.each(['/v2', '/v2/'])('%s says what the server is', async (path) => {
    const { status, body } = await ask(await start(), { method: 'GET', path }, gateway);
    expect([status, body]).toEqual([
      200,
      expect.objectContaining({ name: 'onnward', extensions: expect.arrayContaining(['model_repository']) }),
    ]);
  });

  test('the index and the list have every deployed model, in their order', async () => {
    await release('digits');
    const handler = await start();
    const models = await ask(handler, { method: 'GET', path: '/v2/models' }, gateway);
    expect(models.body).toEqual({ models: ['digits', 'fraud'] });
    const { body } = await ask(handler, { method: 'POST', path: '/v2/repository/index', body: '{}' }, gateway);
    expect(body).toEqual([digits, fraud]);
  });

  test('a model that nobody knows is 404, which names those that there are', async () => {
    const { status, body } = await ask(await start(), { method: 'GET', path: '/v2/models/digit' }, gateway);
    expect([status, body]).toEqual([
      404,
      { error: expect.stringMatching(/^no model 'digit' is served here; there are: digits, fraud:/) },
    ]);
  });
});

describe('health', () => {
  test('is alive whatever the registry says', async () => {
    expect(await get(await start(), '/v2/health/live')).toMatchObject({ status: 200, body: { live: true } });
  });

  test('is not ready while a model has no live version, and says which', async () => {
    await release('digits');
    const { status, body, headers } = await get(await start(), '/v2/health/ready');
    expect([status, body]).toEqual([503, { error: `not ready: fraud (${fraud.reason})` }]);
    expect(headers['retry-after']).toBe('1');
  });

  test('is ready once all have', async () => {
    await release('digits');
    await release('fraud');
    const { status, body } = await get(await start(), '/v2/health/ready');
    expect([status, body]).toEqual([200, { live: true, ready: true }]);
  });

  test('is ready where no model is deployed', async () => {
    vi.stubEnv('ONNWARD_MODELS', '');
    expect(await get(await start(), '/v2/health/ready')).toMatchObject({ status: 200 });
  });
});

test('the index can be asked for what is ready alone', async () => {
  await release('digits');
  expect((await index(await start(), '{"ready":true}')).body).toEqual([digits]);
});

describe('a model that is registered and not deployed here', () => {
  beforeEach(() => registerFixture(registry.registry, 'churn', 'identity_fp32'));

  test.each([
    ['GET', '/v2/models/churn'],
    ['GET', '/v2/models/churn/ready'],
    ['GET', '/v2/models/churn/versions/1'],
    ['POST', '/v2/models/churn/infer'],
  ])('is 404 and says so: %s %s', async (method, path) => {
    const { status, body } = await ask(await start(), { method, path, ...(method === 'POST' && { body: '{}' }) });
    const error = /^the registry has churn, and this stage does not serve it; it serves: digits, fraud: Add it/;
    expect([status, body]).toEqual([404, { error: expect.stringMatching(error) }]);
  });

  test('is not in the index', async () => {
    expect((await index(await start())).body).toMatchObject([{ name: 'digits' }, { name: 'fraud' }]);
  });
});

describe('what a model’s own function answers', () => {
  test.each(['/v2/models/digits', '/v2/models/digits/versions/9', '/v2/models/stats'])(
    'is told of where it is asked here: %s',
    async (path) => {
      await release('digits');
      const { status, body } = await get(await start(), path);
      expect([status, body]).toEqual([
        404,
        { error: expect.stringContaining('Ask /v2/models/digits and what is below') },
      ]);
    },
  );
});

describe('refusals are in the protocol’s shape', () => {
  test.each([
    ['an unknown route', 'GET', '/v1/models/digits', 404, /^no such route: \/v1\/models\/digits$/],
    ['a slash too many', 'GET', '/v2/models/digits/', 404, /^no such route/],
    ['another verb', 'DELETE', '/v2/repository/index', 405, /^DELETE is not allowed here, expected POST$/],
    ['loading', 'POST', '/v2/repository/models/digits/load', 400, /repository is read-only/],
    ['a name that is none', 'GET', '/v2/models/%E0%A4', 404, /is served here|no such route/],
  ])('%s', async (_, method, path, status, error) => {
    const event = { ...(httpApi.event({ method, path: '/v2' }) as object), rawPath: `/prod${path}` };
    const answer = httpApi.response(await (await start())(event, context));
    expect(answer.status).toBe(status);
    expect(JSON.parse(Buffer.from(answer.body).toString())).toEqual({ error: expect.stringMatching(error) });
  });

  test('an event that is no request', async () => {
    const event = { ...(httpApi.event({ method: 'GET', path: '/v2' }) as object), headers: { 'a\nb': 'c' } };
    const { status, body } = httpApi.response(await (await start())(event, context));
    expect([status, JSON.parse(Buffer.from(body).toString())]).toEqual([
      400,
      { error: expect.stringContaining('header') },
    ]);
  });

  test.each([null, {}, { inputs: [] }])('a plain payload: %j', async (payload) => {
    const result = await (await start())(payload, context);
    expect(result).toEqual({ statusCode: 404, error: expect.stringContaining('no such route') });
  });
});

describe('where the registry cannot be read', () => {
  beforeEach(() => {
    vi.stubEnv('ONNWARD_STORE', 's3://a-bucket');
    vi.stubEnv('AWS_ENDPOINT_URL', 'http://127.0.0.1:1');
    vi.stubEnv('AWS_REGION', 'eu-west-1');
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'test');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');
  });

  test.each(['/v2/health/ready', '/v2/models', '/v2/models/digits'])(
    '%s is 503, and says nothing of S3',
    async (path) => {
      const { status, body, headers } = await get(await start(), path);
      const error = "the registry cannot be read: The catalogue function's log says why; models go on answering.";
      expect([status, body, headers['retry-after']]).toEqual([503, { error }, '1']);
      expect(String(vi.mocked(console.error).mock.calls[0]?.[0])).toMatch(/a-bucket.*ECONNREFUSED/);
    },
  );

  test.each(['/v2', '/v2/health/live'])('%s is answered all the same', async (path) => {
    expect(await get(await start(), path)).toMatchObject({ status: 200 });
  });
});

test.each(['ONNWARD_STORE', 'ONNWARD_MODELS'])('without %s it answers 503', async (name) => {
  vi.stubEnv(name, undefined);
  expect(await get(await start(), '/v2/models')).toMatchObject({ status: 503 });
  expect(vi.mocked(console.error).mock.calls[0]?.[0]).toMatchObject({ code: 'function.unconfigured' });
});

describe('the id of a request', () => {
  test('is the client’s', async () => {
    const { headers } = await ask(await start(), { method: 'GET', path: '/v2', headers: { 'X-Request-Id': 'mine' } });
    expect(headers['x-request-id']).toBe('mine');
  });

  test('else Lambda’s own, in refusals too', async () => {
    const handler = await start();
    expect((await get(handler, '/v2')).headers['x-request-id']).toBe('r-1');
    expect((await get(handler, '/v2/models/none')).headers['x-request-id']).toBe('r-1');
  });
});

describe('a browser that asks whether it may call', () => {
  const preflight = {
    method: 'OPTIONS',
    path: '/v2/models/digits/infer',
    headers: { Origin: 'https://app.example.com', 'Access-Control-Request-Method': 'POST' },
  };

  test('hears from an HTTP API; the function adds the status', async () => {
    const { status, headers } = await ask(await start(), preflight);
    expect([status, headers['allow']]).toEqual([204, 'GET, HEAD, POST, OPTIONS']);
    expect(Object.keys(headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
  });

  test('hears from the function behind a REST API', async () => {
    vi.stubEnv('ONNWARD_ORIGINS', 'https://other.example.com https://app.example.com');
    const { status, headers } = await ask(await start(), preflight, restApi);
    expect(status).toBe(204);
    expect(headers).toMatchObject({
      'access-control-allow-origin': 'https://app.example.com',
      'access-control-allow-methods': 'GET, HEAD, POST, OPTIONS',
      vary: 'origin',
    });
    expect(headers['access-control-allow-headers']).toMatch(/content-type, inference-header-content-length/);
  });

  test('hears nothing where its page may not', async () => {
    vi.stubEnv('ONNWARD_ORIGINS', 'https://other.example.com');
    expect((await ask(await start(), preflight, restApi)).headers).not.toHaveProperty('access-control-allow-origin');
  });
});

test('the path behind a REST API’s custom domain is the protocol’s', async () => {
  await release('digits');
  const overrides = { path: '/v2/models', resource: '/v2/models', pathParameters: null };
  const event = restApiEvent({ method: 'GET', path: '/v2/models' }, overrides);
  expect(restApi.response(await (await start())(event, context)).status).toBe(200);
});
