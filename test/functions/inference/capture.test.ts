import { randomBytes } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { captureKeyKey, ensureCaptureKey } from '#core/monitoring/capture/keys.ts';
import { readCapture } from '#core/monitoring/capture/read.ts';
import { readLine } from '#core/monitoring/capture/read-line.ts';
import { jsonServer } from '../../support/json-server.ts';
import { newRegistry, registerFixture } from '../../support/registry.ts';
import { s3Bucket } from '../../support/s3-bucket.ts';
import { openCapture } from '../../../functions/inference/capture.ts';
import { refuse } from '../../support/s3-stand-in.ts';
import { emfLines } from './emf.ts';
import { httpApi } from './gateways.ts';

type Handler = (event: unknown, context: unknown) => Promise<unknown>;

const INFER = '/v2/models/echo/infer';
const SENSITIVE = JSON.stringify({ sensitive: { x: 'hash' }, subject: 'x-user' });
const question = (value: number): string =>
  JSON.stringify({ inputs: [{ name: 'x', datatype: 'FP32', shape: [1, 1], data: [value] }] });

let registry: Awaited<ReturnType<typeof newRegistry>>;
let firehose: Awaited<ReturnType<typeof jsonServer>>;
let status: number;
let warnings: string[];

beforeEach(async () => {
  status = 200;
  registry = await newRegistry();
  await registerFixture(registry.registry, 'echo', 'identity_fp32');
  firehose = await jsonServer(() => ({ status, body: { FailedPutCount: 0, RequestResponses: [{ RecordId: 'r' }] } }));
  warnings = [];
  vi.spyOn(process, 'emitWarning').mockImplementation((warning) => void warnings.push(String(warning)));
  vi.spyOn(console, 'error').mockReturnValue();
  emfLines();
});
afterEach(async () => {
  await firehose.stop();
  vi.restoreAllMocks();
});

/** The function as it starts with this environment besides its own. */
async function start(more: Readonly<Record<string, string>>) {
  const env = {
    ONNWARD_STORE: registry.store.url,
    ONNWARD_MODEL: 'echo',
    ONNWARD_VERSION: '1',
    AWS_LAMBDA_FUNCTION_VERSION: '12',
    ...more,
  };
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
  vi.resetModules();
  const { handler } = (await import('../../../functions/inference/handler.ts')) as { handler: Handler };
  return async (value: number, path = INFER, headers: Record<string, string> = {}) => {
    const context = { awsRequestId: 'r-1', getRemainingTimeInMillis: () => 30_000 };
    const event = httpApi.event({
      method: 'POST',
      path,
      body: question(value),
      headers: { 'content-type': 'application/json', ...headers },
    });
    const answer = httpApi.response(await handler(event, context));
    return { status: answer.status, text: Buffer.from(answer.body).toString() };
  };
}

const sent = () =>
  firehose.asked.flatMap(({ input }) =>
    (input as { Records: { Data: string }[] }).Records.flatMap(({ Data }) =>
      Buffer.from(Data, 'base64').toString().trim().split('\n'),
    ),
  );
const eventsSent = () => sent().map((line) => readLine('echo', line));

describe('the function of a model whose requests are captured', () => {
  test('sends them within an invocation, but never within the first', async () => {
    const send = await start({ ONNWARD_CAPTURE: '1', ONNWARD_CAPTURE_STREAM: 'onnward-dev-echo' });
    await send(1);
    expect(sent()).toEqual([]);
    await send(2, '/invocations');
    expect(eventsSent()).toMatchObject([
      { version: 1, target: '12', inputs: [{ data: [1] }], outputs: [{ data: [1] }] },
      { version: 1, target: '12', inputs: [{ data: [2] }] },
    ]);
    expect(firehose.asked[0]?.input['DeliveryStreamName']).toBe('onnward-dev-echo');
    await send(3);
    expect(firehose.asked).toHaveLength(1);
  });

  test('answers as ever where the stream refuses', async () => {
    status = 500;
    const send = await start({ ONNWARD_CAPTURE: '1', ONNWARD_CAPTURE_STREAM: 's', ONNWARD_CAPTURE_SECONDS: '0' });
    for (const value of [1, 2, 3]) expect((await send(value)).status).toBe(200);
    expect(warnings).toEqual([expect.stringContaining('captured requests cannot be sent to s')]);
  });

  test('writes them to the folder of a store', async () => {
    const send = await start({ ONNWARD_CAPTURE: '1' });
    await send(1);
    const span = { from: Date.now() - 60_000, to: Date.now() + 60_000 };
    const events = await Array.fromAsync(readCapture(registry.store, 'echo', span));
    expect(events).toMatchObject([{ inputs: [{ data: [1] }] }]);
  });

  test('hashes what is sensitive with the key of a bucket, without AWS’s SDK', async () => {
    const bucket = await s3Bucket();
    await ensureCaptureKey(registry.store, randomBytes);
    const { bytes } = (await registry.store.get(captureKeyKey(1)))!;
    bucket.objects.set(`/bucket/${captureKeyKey(1)}`, { bytes: Buffer.from(bytes), type: undefined });
    const send = await start({
      ONNWARD_CAPTURE: SENSITIVE,
      ONNWARD_CAPTURE_STREAM: 's',
      ONNWARD_CAPTURE_SECONDS: '0',
      ONNWARD_CAPTURE_STORE: 's3://bucket',
      AWS_ENDPOINT_URL_S3: bucket.server.url,
      AWS_REGION: 'eu-west-1',
    });
    // No request waits for the key: it comes when it comes.
    for (let i = 0; i < 100 && sent().length === 0; i++) {
      await send(66_660_001, INFER, { 'x-user': 'alice' });
      await sleep(5);
    }
    const hash = expect.stringMatching(/^h:[\w-]{22}$/);
    expect(eventsSent()[0]).toMatchObject({
      subject: hash,
      inputs: [{ data: [hash] }],
      outputs: [{ data: [66_660_000] }],
    });
    expect(sent().join()).not.toContain('alice');
    await bucket.server.close();
  });

  test('has no reading of the key under way once it has answered, and waits for it no more than a moment', async () => {
    const held: ServerResponse[] = [];
    const bucket = await s3Bucket((_, __, response) => held.push(response) > 0);
    const capturing = (await openCapture({
      ONNWARD_STORE: registry.store.url,
      ONNWARD_MODEL: 'echo',
      ONNWARD_CAPTURE: SENSITIVE,
      ONNWARD_CAPTURE_STORE: 's3://bucket',
      AWS_ENDPOINT_URL_S3: bucket.server.url,
      AWS_REGION: 'eu-west-1',
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
    }))!;
    await expect.poll(() => held.length).toBe(1);
    expect(await capturing.settled(Promise.resolve('late'))).toBe('late');
    const answer = capturing.settled(Promise.resolve('answer'));
    expect(await Promise.race([answer, sleep(20, 'waits')])).toBe('waits');
    for (const response of held) refuse(response, 404, 'NoSuchKey');
    expect(await answer).toBe('answer');
    expect(warnings).toEqual([expect.stringContaining('no key for them yet')]);
    await bucket.server.close();
  });

  test.each([
    ['its options cannot be read', { ONNWARD_CAPTURE: 'yes, please' }, 'ONNWARD_CAPTURE'],
    ['what is sensitive is nothing of the version', { ONNWARD_CAPTURE: '{"sensitive":{"name":"drop"}}' }, "'name'"],
    [
      'its seconds are none',
      { ONNWARD_CAPTURE: '1', ONNWARD_CAPTURE_STREAM: 's', ONNWARD_CAPTURE_SECONDS: 'few' },
      'few',
    ],
  ])('is not ready where %s', async (_, env, what) => {
    const { status: answered, text } = await (await start(env))(1);
    expect([answered, text]).toEqual([503, expect.stringContaining(what)]);
  });

  test('serves, and captures nothing, where there is nowhere to go', async () => {
    const bucket = await s3Bucket();
    const { store } = registry;
    for await (const { key } of store.list('')) {
      bucket.objects.set(`/bucket/${key}`, { bytes: Buffer.from((await store.get(key))!.bytes), type: undefined });
    }
    const env = { ONNWARD_STORE: 's3://bucket', AWS_ENDPOINT_URL_S3: bucket.server.url, AWS_REGION: 'eu-west-1' };
    const send = await start({ ...env, ONNWARD_CAPTURE: '1' });
    expect((await send(1)).status).toBe(200);
    expect(warnings).toEqual([expect.stringContaining('ONNWARD_CAPTURE_STREAM names no stream')]);
    await bucket.server.close();
  });
});

test.each(['', '0'])('a function with ONNWARD_CAPTURE=%j captures nothing', async (value) => {
  const send = await start({ ONNWARD_CAPTURE: value, ONNWARD_CAPTURE_STREAM: 's', ONNWARD_CAPTURE_SECONDS: '0' });
  for (const each of [1, 2]) expect((await send(each)).status).toBe(200);
  expect(firehose.asked).toEqual([]);
});
