import { rmSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { newRegistry, registerFixture } from '../../support/registry.ts';
import { emfLines } from './emf.ts';
import { GATEWAYS, httpApi } from './gateways.ts';

type Handler = (event: unknown, context: unknown) => Promise<unknown>;

const context = { awsRequestId: 'r-1', getRemainingTimeInMillis: () => 30_000 };
const question = { inputs: [{ name: 'x', datatype: 'FP32', shape: [1, 2], data: [1.5, -2] }] };
const answer = { model_name: 'echo', model_version: '1', outputs: [expect.objectContaining({ data: [1.5, -2] })] };

let lines: ReturnType<typeof emfLines>;
let registry: Awaited<ReturnType<typeof newRegistry>>;

beforeEach(async () => {
  registry = await newRegistry();
  vi.stubEnv('ONNWARD_STORE', registry.store.url);
  vi.stubEnv('ONNWARD_MODEL', 'echo');
  vi.stubEnv('ONNWARD_VERSION', '1');
  vi.stubEnv('AWS_LAMBDA_INITIALIZATION_TYPE', 'on-demand');
  vi.spyOn(console, 'error').mockReturnValue();
  lines = emfLines();
});

afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

/** A fresh instance of the function, as Lambda starts one. */
async function start(): Promise<Handler> {
  vi.resetModules();
  return ((await import('../../../functions/inference/handler.ts')) as { handler: Handler }).handler;
}

async function get(handler: Handler, path: string) {
  const { status, body } = httpApi.response(await handler(httpApi.event({ method: 'GET', path }), context));
  return { status, body: JSON.parse(Buffer.from(body).toString()) as Record<string, unknown> };
}

describe('a function whose model is there', () => {
  beforeEach(() => registerFixture(registry.registry, 'echo', 'identity_fp32'));

  test('has loaded it by the time it is called, and reads nothing more', async () => {
    const handler = await start();
    rmSync(registry.folder, { recursive: true });
    expect(await get(handler, '/v2/health/ready')).toMatchObject({ status: 200 });
    expect(await handler(question, context)).toEqual(answer);
  });

  test.each(['provisioned-concurrency', 'snap-start'])('waits for it however long, with %s', async (type) => {
    vi.stubEnv('AWS_LAMBDA_INITIALIZATION_TYPE', type);
    expect(await (await start())(question, context)).toEqual(answer);
    expect(lines).toMatchObject([{ coldStart: 0, status: 200 }]);
  });

  test('writes a line of metrics for each request, with the version that it is pinned to', async () => {
    vi.stubEnv('POWERTOOLS_SERVICE_NAME', 'onnward-test');
    const handler = await start();
    await handler(question, context);
    await handler({}, context);
    const common = { service: 'onnward-test', model: 'echo', version: 1, Requests: 1, Errors: 0 };
    expect(lines).toMatchObject([
      { ...common, status: 200, coldStart: 1 },
      { ...common, status: 400, coldStart: 0, errorCode: 'input.missing' },
    ]);
  });

  test('answers a plain payload with the response object', async () => {
    expect(await (await start())(question, context)).toEqual(answer);
  });

  test.each(GATEWAYS)('answers an infer request from $name', async (gateway) => {
    const request = {
      method: 'POST',
      path: '/v2/models/echo/infer',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(question),
    };
    const { status, body } = gateway.response(await (await start())(gateway.event(request), context));
    expect(status).toBe(200);
    expect(JSON.parse(Buffer.from(body).toString())).toEqual(answer);
  });

  test('serves no other version, and names the one it serves', async () => {
    await registerFixture(registry.registry, 'echo', 'identity_fp32');
    const { status, body } = await get(await start(), '/v2/models/echo/versions/2');
    expect(status).toBe(404);
    expect(body['error']).toMatch(/version '2' of echo is not served here; served: 1/);
  });
});

describe('a function that cannot serve answers 503 with the reason', () => {
  test.each([
    ['ONNWARD_STORE', '', /lacks ONNWARD_STORE or ONNWARD_MODEL/],
    ['ONNWARD_STORE', 'ftp://x', /^the model is not ready: it could not be loaded: The function's log says why/],
    ['ONNWARD_MODEL', 'No Name', /'No Name' is not a model name/],
    ['ONNWARD_VERSION', '', /no version of echo is released to this function yet.*onnward deploy echo:VERSION/],
    ['ONNWARD_VERSION', 'live', /is not a version/],
    ['ONNWARD_VERSION', '1', /There is no echo:1 in the registry/],
  ])('%s=%j', async (name, value, reason) => {
    vi.stubEnv(name, value);
    const { status, body } = await get(await start(), '/v2');
    expect([status, body]).toEqual([503, { error: expect.stringMatching(reason) }]);
  });

  test('where a file was changed', async () => {
    await registerFixture(registry.registry, 'echo', 'identity_fp32');
    const [key] = (await Array.fromAsync(registry.store.list('models/echo/versions/'))).flatMap(({ key }) =>
      key.endsWith('.onnx') ? key : [],
    );
    writeFileSync(registry.store.localPath?.(key as string) as string, 'not the same');
    const { status, body } = await get(await start(), '/v2/health/live');
    expect([status, body]).toEqual([503, { error: expect.stringMatching(/^the model is not ready: .*/) }]);
  });

  test('to a plain payload too', async () => {
    expect(await (await start())(question, context)).toMatchObject({ statusCode: 503 });
    expect(lines).toMatchObject([{ Requests: 1, Errors: 1, status: 503, errorCode: 'function.not_ready' }]);
  });

  test('and tries again at the next request', async () => {
    const handler = await start();
    expect((await get(handler, '/v2')).status).toBe(503);
    await registerFixture(registry.registry, 'echo', 'identity_fp32');
    expect((await get(handler, '/v2')).status).toBe(200);
  });
});
