import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { feedbackKey } from '#core/monitoring/feedback.ts';
import { ensureReceiptKey, receiptKeyKey, ReceiptKeys } from '#core/monitoring/receipt-keys.ts';
import { readReceipt } from '#core/monitoring/receipts.ts';
import { newRegistry, registerFixture } from '../../support/registry.ts';
import { s3Bucket } from '../../support/s3-bucket.ts';
import { emfLines } from './emf.ts';
import { type ClientRequest, httpApi } from './gateways.ts';

type Handler = (event: unknown, context: unknown) => Promise<unknown>;

const context = {
  awsRequestId: 'r-1',
  getRemainingTimeInMillis: () => 30_000,
  invokedFunctionArn: 'arn:aws:lambda:eu-west-1:111122223333:function:onnward-dev-echo:live',
};
const INFER = '/v2/models/echo/infer';
const question = JSON.stringify({ inputs: [{ name: 'x', datatype: 'FP32', shape: [1, 2], data: [1.5, -2] }] });

let bucket: Awaited<ReturnType<typeof s3Bucket>>;
let registry: Awaited<ReturnType<typeof newRegistry>>;
let lines: ReturnType<typeof emfLines>;
let warnings: string[];

beforeEach(async () => {
  registry = await newRegistry();
  await registerFixture(registry.registry, 'echo', 'identity_fp32', { labels: { y: ['no', 'yes'] } });
  bucket = await s3Bucket();
  warnings = [];
  vi.spyOn(process, 'emitWarning').mockImplementation((warning) => void warnings.push(String(warning)));
  vi.spyOn(console, 'error').mockReturnValue();
  lines = emfLines();
});
afterEach(async () => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
  await bucket.server.close();
});

/** The function as it starts with this environment besides its own. */
async function start(more: Readonly<Record<string, string>>) {
  const env = {
    ONNWARD_STORE: registry.store.url,
    ONNWARD_MODEL: 'echo',
    ONNWARD_VERSION: '1',
    AWS_ENDPOINT_URL_S3: bucket.server.url,
    AWS_ACCESS_KEY_ID: 'AKID',
    AWS_SECRET_ACCESS_KEY: 'secret',
    AWS_REGION: 'eu-west-1',
    AWS_LAMBDA_FUNCTION_VERSION: '12',
    ...more,
  };
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
  vi.resetModules();
  const { handler } = (await import('../../../functions/inference/handler.ts')) as { handler: Handler };
  return async (request: ClientRequest) => {
    const { status, headers, body } = httpApi.response(await handler(httpApi.event(request), context));
    return { status, headers, json: JSON.parse(Buffer.from(body).toString()) as Record<string, unknown> };
  };
}

type Send = Awaited<ReturnType<typeof start>>;
const ask = (send: Send) => send({ method: 'POST', path: INFER, body: question });
const give = (send: Send, body: object) =>
  send({ method: 'POST', path: '/v2/models/echo/feedback', body: JSON.stringify(body) });

/** Nobody waits for the key: it comes when it comes. */
async function receiptOf(send: Send): Promise<string> {
  for (let i = 0; i < 100; i++) {
    const receipt = (await ask(send)).headers['x-onnward-receipt'];
    if (receipt !== undefined) return receipt;
    await sleep(10);
  }
  throw new Error('no answer carries a receipt');
}

async function putKey(): Promise<void> {
  await ensureReceiptKey(registry.store, randomBytes);
  const { bytes } = (await registry.store.get(receiptKeyKey(1)))!;
  bucket.objects.set(`/bucket/${receiptKeyKey(1)}`, { bytes: Buffer.from(bytes), type: undefined });
}

const keysThere = async () => (await ReceiptKeys.read(registry.store)) as ReceiptKeys;

describe('the function of a model whose answers carry receipts', () => {
  test.each([
    ['the store of the model', {}],
    ['a bucket of its own, without AWS’s SDK', { ONNWARD_FEEDBACK_STORE: 's3://bucket' }],
  ])('signs, takes back and counts, by %s', async (_, where) => {
    await putKey();
    const send = await start({ ONNWARD_FEEDBACK: '1', ...where });
    const token = await receiptOf(send);
    const receipt = readReceipt(await keysThere(), token);
    expect(receipt).toMatchObject({ model: 'echo', version: 1, target: '12', prediction: ['class', 0, 'no'] });
    lines.length = 0;
    const results = [];
    for (const truth of ['yes', 'no']) results.push((await give(send, { receipt: token, truth })).json);
    expect(results).toEqual([
      { accepted: 1, repeated: 0, refused: [] },
      { accepted: 0, repeated: 1, refused: [] },
    ]);
    expect(lines).toMatchObject([
      { feedback: 1, Correct: 0, version: 1, functionVersion: '12', qualifier: 'live' },
      { model: 'echo', uncounted: { repeated: 1 } },
    ]);
    const kept =
      'ONNWARD_FEEDBACK_STORE' in where
        ? bucket.objects.get(`/bucket/${feedbackKey(receipt)}`)?.bytes
        : (await registry.store.get(feedbackKey(receipt)))?.bytes;
    expect(JSON.parse(Buffer.from(kept!).toString())).toMatchObject({ predicted: 'no', truth: 'yes', correct: false });
  });

  test('answers without receipts while there is no key, and says so once', async () => {
    const send = await start({ ONNWARD_FEEDBACK: '1' });
    for (let i = 0; i < 3; i++) {
      const { status, headers } = await ask(send);
      expect([status, headers['x-onnward-receipt']]).toEqual([200, undefined]);
    }
    await sleep(20);
    expect(warnings).toEqual([expect.stringContaining('no key for them yet')]);
    const { status, json } = await give(send, { receipt: `1.1.x.${'A'.repeat(22)}`, truth: 'no' });
    expect([status, json['error']]).toEqual([503, expect.stringContaining('no key')]);
  });

  test('answers without receipts where the bucket is not there', async () => {
    await bucket.server.close();
    const send = await start({ ONNWARD_FEEDBACK: '1', ONNWARD_FEEDBACK_STORE: 's3://bucket' });
    expect((await ask(send)).status).toBe(200);
    bucket = await s3Bucket();
  });

  test('keeps truths with inference ids where its requests are captured, and else refuses them', async () => {
    const piece = { inferenceId: 'order 7', truth: 'yes' };
    const off = await start({ ONNWARD_FEEDBACK: '1' });
    expect(await give(off, piece)).toMatchObject({ status: 400, json: { refused: [{ code: 'feedback.no_capture' }] } });
    const send = await start({ ONNWARD_FEEDBACK: '1', ONNWARD_CAPTURE: '1' });
    expect((await give(send, piece)).json).toEqual({ accepted: 0, repeated: 0, pending: 1, refused: [] });
    expect(lines.filter((line) => 'uncounted' in line)).toMatchObject([
      { uncounted: { no_capture: 1 } },
      { uncounted: { pending: 1 } },
    ]);
    expect(await Array.fromAsync(registry.store.list('ground-truth/echo/'))).toHaveLength(1);
  });

  test('is not ready where its options cannot be read', async () => {
    const send = await start({ ONNWARD_FEEDBACK: 'yes, please' });
    expect(await ask(send)).toMatchObject({
      status: 503,
      json: { error: expect.stringContaining('ONNWARD_FEEDBACK') },
    });
  });
});

test.each(['', '0'])('a function with ONNWARD_FEEDBACK=%j gives none, and takes none', async (value) => {
  await putKey();
  const send = await start({ ONNWARD_FEEDBACK: value });
  await sleep(20);
  expect((await ask(send)).headers['x-onnward-receipt']).toBeUndefined();
  expect((await give(send, {})).status).toBe(404);
  expect(bucket.server.seen).toEqual([]);
});

test('a function answers a monitor call by what it is held to', async () => {
  const send = await start({ ONNWARD_WATCH: '{"metric":"accuracy","below":0.9}' });
  const body = {
    X: [
      [1, 0],
      [0, 1],
      [0, 1],
    ],
    y: ['no', 'yes', 'no'],
  };
  const call = (path: string) => send({ method: 'POST', path, body: JSON.stringify(body) });
  for (const path of ['/v2/models/echo/monitor', '/monitor']) {
    const { status, json } = await call(path);
    expect([status, json]).toMatchObject([200, { status: 'error', value: 2 / 3, threshold: 0.9, model_version: '1' }]);
  }
});
