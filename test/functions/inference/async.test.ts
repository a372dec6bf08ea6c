import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { bodyKey, contentKey, recordBytes, responseKey, type StoredResponse } from '#core/batch/requests.ts';
import { newRegistry, registerFixture } from '../../support/registry.ts';
import { s3Bucket } from '../../support/s3-bucket.ts';
import { emfLines } from './emf.ts';
import { type ClientRequest, httpApi } from './gateways.ts';

type Handler = (event: unknown, context: unknown) => Promise<unknown>;

const context = { awsRequestId: 'r-1', getRemainingTimeInMillis: () => 30_000 };
const question = JSON.stringify({ inputs: [{ name: 'x', datatype: 'FP32', shape: [1, 2], data: [1.5, -2] }] });
const INFER = '/v2/models/echo/infer';
const JSON_TYPE = { 'content-type': 'application/json' };
const ASYNC = { ...JSON_TYPE, prefer: 'respond-async' };

let bucket: Awaited<ReturnType<typeof s3Bucket>>;
let lines: ReturnType<typeof emfLines>;
let handler: Handler;

beforeEach(async () => {
  const { registry, store } = await newRegistry();
  await registerFixture(registry, 'echo', 'identity_fp32');
  bucket = await s3Bucket();
  const env = {
    ONNWARD_STORE: store.url,
    ONNWARD_MODEL: 'echo',
    ONNWARD_VERSION: '1',
    ONNWARD_REQUESTS: 's3://bucket',
    AWS_ENDPOINT_URL_S3: bucket.server.url,
    AWS_ACCESS_KEY_ID: 'AKID',
    AWS_SECRET_ACCESS_KEY: 'secret',
    AWS_REGION: 'eu-west-1',
  };
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
  vi.spyOn(console, 'error').mockReturnValue();
  lines = emfLines();
  vi.resetModules();
  ({ handler } = (await import('../../../functions/inference/handler.ts')) as { handler: Handler });
});
afterEach(async () => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
  await bucket.server.close();
});

async function send(request: ClientRequest) {
  const { status, headers, body } = httpApi.response(await handler(httpApi.event(request), context));
  const text = Buffer.from(body).toString();
  return { status, headers, body: text === '' ? undefined : (JSON.parse(text) as Record<string, string>) };
}

const objectAt = (key: string) => bucket.objects.get(`/bucket/${key}`)?.bytes.toString();
const put = (key: string, bytes: Uint8Array) =>
  bucket.objects.set(`/bucket/${key}`, { bytes: Buffer.from(bytes), type: undefined });

/** The worker's part. */
function answer(id: string, more: Partial<StoredResponse> = {}, content = '{"outputs":[]}'): void {
  const name = { model: 'echo', id };
  const now = Date.now();
  const record: StoredResponse = {
    format: 1,
    status: 200,
    headers: JSON_TYPE,
    size: content.length,
    attempt: 1,
    answeredAt: new Date(now).toISOString(),
    expiresAt: new Date(now + 1000).toISOString(),
    ...more,
  };
  put(contentKey(name, 1), Buffer.from(content));
  put(responseKey(name), recordBytes(record));
}

describe('the inference function', () => {
  test('keeps a request that prefers not to wait, for the version that it serves, and counts it', async () => {
    const { status, body } = await send({ method: 'POST', path: INFER, headers: ASYNC, body: question });
    expect([status, body?.['state']]).toEqual([202, 'pending']);
    const name = { model: 'echo', id: body?.['id'] as string };
    expect(objectAt(bodyKey(name))).toBe(question);
    expect(JSON.parse(objectAt(bodyKey(name).replace(/body$/, 'request.json')) as string)).toMatchObject({
      model: { name: 'echo', version: 1 },
      headers: { 'content-type': 'application/json', 'x-request-id': 'r-1' },
    });
    expect(lines).toMatchObject([{ Requests: 1, Errors: 0, status: 202 }]);
  });

  test('asks nothing of the store for what is answered at once', async () => {
    expect((await send({ method: 'POST', path: INFER, headers: JSON_TYPE, body: question })).status).toBe(200);
    expect(bucket.server.seen).toEqual([]);
  });

  test('lets a client upload what Lambda would not let through', async () => {
    const offered = await send({ method: 'POST', path: '/v2/models/echo/requests', headers: JSON_TYPE });
    const { url, headers } = (offered.body as unknown as { upload: { url: string; headers: Record<string, string> } })
      .upload;
    const upload = () => fetch(url, { method: 'PUT', body: Buffer.alloc(8_000_000, ' '), headers });
    const look = () => send({ method: 'GET', path: offered.body?.['location'] as string });
    expect((await look()).body).toMatchObject({ state: 'waiting for upload' });
    expect([(await upload()).status, (await upload()).status]).toEqual([200, 412]);
    expect((await look()).body).toMatchObject({ state: 'pending' });
  });

  test('gives an answer as it is, a refusal too', async () => {
    const id = 'a'.repeat(32);
    const path = `/v2/models/echo/requests/${id}`;
    expect((await send({ method: 'GET', path })).status).toBe(404);
    answer(id, { status: 400 }, '{"error":"no"}');
    expect(await send({ method: 'GET', path })).toMatchObject({ status: 400, body: { error: 'no' } });
    answer(id, { expiresAt: new Date(0).toISOString() });
    expect((await send({ method: 'GET', path })).status).toBe(410);
  });

  test('sends on to an answer that Lambda would not let through, and its type says all that its headers would', async () => {
    const id = 'b'.repeat(32);
    const headers = { 'content-type': 'application/octet-stream', 'inference-header-content-length': '7' };
    answer(id, { headers }, 'x'.repeat(3_000_001));
    const redirect = await send({ method: 'GET', path: `/v2/models/echo/requests/${id}` });
    expect([redirect.status, redirect.body]).toEqual([303, undefined]);
    expect(redirect.headers['inference-header-content-length']).toBe('7');
    const content = await fetch(redirect.headers['location'] as string);
    expect(content.headers.get('content-type')).toBe('application/octet-stream;inference-header-content-length=7');
    expect((await content.text()).length).toBe(3_000_001);
  });

  test('gives one that is just not too large whole, however much of it is quotes', async () => {
    const id = 'c'.repeat(32);
    const content = `{"a":"${'\\"'.repeat(1_499_996)}"}`;
    answer(id, {}, content);
    const given = await send({ method: 'GET', path: `/v2/models/echo/requests/${id}` });
    expect([given.status, content.length]).toEqual([200, 3_000_000]);
  });

  test('says when the store does not let it, without what AWS says', async () => {
    const warned = vi.spyOn(process, 'emitWarning').mockReturnValue();
    await bucket.server.close();
    bucket = await s3Bucket();
    const { status, body } = await send({ method: 'POST', path: INFER, headers: ASYNC, body: question });
    expect([status, Object.keys(body ?? {})]).toEqual([503, ['error']]);
    expect(body?.['error']).toMatch(/^requests cannot be kept/);
    expect(body?.['error']).not.toMatch(/s3:\/\/|bucket|ECONN/);
    expect(warned).toHaveBeenCalledWith(expect.stringContaining('s3://bucket/batch/requests/echo/'));
    expect(lines).toMatchObject([{ status: 503, errorCode: 'request.store' }]);
  });
});

test('a function without a store for them answers at once whatever is preferred', async () => {
  vi.stubEnv('ONNWARD_REQUESTS', '');
  vi.resetModules();
  ({ handler } = (await import('../../../functions/inference/handler.ts')) as { handler: Handler });
  expect((await send({ method: 'POST', path: INFER, headers: ASYNC, body: question })).status).toBe(200);
  expect((await send({ method: 'GET', path: `/v2/models/echo/requests/${'a'.repeat(32)}` })).status).toBe(404);
});
