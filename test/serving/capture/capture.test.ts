import { Agent } from 'node:http';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Datatype } from '#core/model/datatypes.ts';
import type { Signature } from '#core/model/signature.ts';
import { ensureCaptureKey } from '#core/monitoring/capture/keys.ts';
import type { CapturedEvent } from '#core/monitoring/capture/captured.ts';
import type { CaptureOptions } from '#core/monitoring/capture/options.ts';
import { readLine } from '#core/monitoring/capture/read-line.ts';
import { readReceipt } from '#core/monitoring/receipts.ts';
import { feedbackKey } from '#core/monitoring/feedback.ts';
import { type CaptureSetting, TrafficCapture } from '#serving/capture/capture.ts';
import type { Host } from '#serving/host.ts';
import { startServer } from '#serving/server.ts';
import { ECHOES, echoModel } from '../../contracts/echo-model.ts';
import { contractHost, VERSION } from '../../contracts/oip-host.ts';
import { frame, jsonRequest, rawOf, type Send } from '../../contracts/oip-client.ts';
import { overHttp } from '../../contracts/over-http.ts';
import { newFeedback } from '../../contracts/receipts-door.ts';
import { MemoryStore } from '../../support/memory-store.ts';

const infer = (model: string): string => `/v2/models/${model}/infer`;
const TEXT = jsonRequest('BYTES', [1, 1], '["secret"]');

let host: Host;
let lines: { model: string; line: string }[];
let warnings: string[];
let close: (() => Promise<void>)[];
const agent = new Agent({ keepAlive: true });

beforeAll(async () => {
  host = await contractHost(async (name) => echoModel(ECHOES[name] as Signature));
});
beforeEach(() => {
  [lines, warnings, close] = [[], [], []];
  vi.spyOn(process, 'emitWarning').mockImplementation((warning) => void warnings.push(String(warning)));
});
afterEach(async () => {
  vi.restoreAllMocks();
  await Promise.all(close.map((each) => each()));
});
afterAll(() => agent.destroy());

const sink = { add: (model: string, line: string) => void lines.push({ model, line }) };

/** All that `models` say is captured, of a store that has a key. */
async function newCapture(models: Record<string, CaptureOptions>, more: Partial<CaptureSetting> = {}) {
  const keys = new MemoryStore();
  await ensureCaptureKey(keys, (bytes) => Buffer.alloc(bytes, 1));
  const capture = new TrafficCapture({ models, keys, sink, ...more });
  await capture.start();
  return capture;
}

async function serve(capture: TrafficCapture, feedback?: Awaited<ReturnType<typeof newFeedback>>['feedback']) {
  const server = await startServer(host, { port: 0, capture, feedback });
  close.push(() => server.close());
  return overHttp(server.url, agent);
}

const post = (send: Send, path: string, body: string | Uint8Array, headers: Record<string, string> = {}) =>
  send({ method: 'POST', path, body, headers });
const events = (): CapturedEvent[] =>
  lines.map(({ model, line }) => readLine(model, line)).filter((event) => event !== undefined);

describe('a request is captured', () => {
  const RAW = Buffer.from(Float32Array.of(1.5, -2).buffer);
  const ways: [string, string, string | Uint8Array, Record<string, string>][] = [
    ['by the short door', infer('identity_fp32'), jsonRequest('FP32', [1, 2], '[1.5,-2]'), {}],
    ['by the router', infer('identity%5Ffp32'), jsonRequest('FP32', [1, 2], '[1.5,-2]'), {}],
    ['of a version', `/v2/models/identity_fp32/versions/${VERSION}/infer`, jsonRequest('FP32', [1, 2], '[1.5,-2]'), {}],
    [
      'in SageMaker’s words',
      '/invocations',
      jsonRequest('FP32', [1, 2], '[1.5,-2]'),
      { 'content-type': 'application/json', 'x-amzn-sagemaker-target-model': 'identity_fp32' },
    ],
    [
      'in binary',
      infer('identity_fp32'),
      frame({ inputs: [{ name: 'x', datatype: 'FP32', shape: [1, 2], parameters: { binary_data_size: 8 } }] }, RAW)
        .body as Uint8Array,
      frame({ inputs: [{ name: 'x', datatype: 'FP32', shape: [1, 2], parameters: { binary_data_size: 8 } }] }, RAW)
        .headers as Record<string, string>,
    ],
  ];

  test.each(ways)('%s', async (_, path, body, headers) => {
    const send = await serve(await newCapture({ identity_fp32: {} }));
    const before = Date.now();
    expect((await post(send, path, body, headers)).status).toBe(200);
    const [event] = events();
    expect(event).toEqual({
      id: expect.stringMatching(/^[\w-]{12}-0$/),
      at: expect.any(Number),
      model: 'identity_fp32',
      version: VERSION,
      target: String(VERSION),
      rows: 1,
      inputs: [{ name: 'x', datatype: 'FP32', shape: [1, 2], data: [1.5, -2] }],
      outputs: [{ name: 'y', datatype: 'FP32', shape: [1, 2], data: [1.5, -2] }],
    });
    expect(event?.at).toBeGreaterThanOrEqual(before);
  });

  test('whatever outputs are asked for, with the names that it has', async () => {
    const send = await serve(await newCapture({ identity_fp32: {} }, { target: '17' }));
    const body = jsonRequest(
      'FP32',
      [1, 3],
      '[1,2,3]',
      ',"id":"q 1","outputs":[{"name":"y","parameters":{"classification":1}}]',
    );
    await post(send, infer('identity_fp32'), body);
    await post(send, infer('identity_fp32'), jsonRequest('FP32', [1, 1], '[1]', ',"id":"q-1"'));
    const header = { 'x-amzn-sagemaker-inference-id': 'q-2' };
    await post(send, infer('identity_fp32'), jsonRequest('FP32', [1, 1], '[1]', ',"id":"q-1"'), header);
    expect(events().map(({ target, inferenceId }) => [target, inferenceId])).toEqual([
      ['17', undefined],
      ['17', 'q-1'],
      ['17', 'q-2'],
    ]);
    expect(events()[0]?.outputs[0]?.data).toEqual([1, 2, 3]);
    expect(new Set(events().map(({ id }) => id)).size).toBe(3);
  });

  test('with the record that its receipt names', async () => {
    const { feedback, keys } = await newFeedback();
    const send = await serve(await newCapture({ identity_fp32: {} }), feedback);
    const { headers } = await post(send, infer('identity_fp32'), jsonRequest('FP32', [1, 3], '[1,2,3]'));
    const receipt = readReceipt(keys, headers['x-onnward-receipt'] as string);
    expect(events()[0]?.feedback).toBe(feedbackKey(receipt));
  });

  test('before the model has it, which may write over it', async () => {
    const wild = await contractHost(async (name) => ({
      ...echoModel(ECHOES[name] as Signature),
      infer: async (inputs) => {
        for (const { data } of inputs) data.fill(9 as never);
        return inputs;
      },
    }));
    const server = await startServer(wild, { port: 0, capture: await newCapture({ identity_fp32: {} }) });
    close.push(() => server.close());
    await post(overHttp(server.url, agent), infer('identity_fp32'), jsonRequest('FP32', [1, 2], '[1,2]'));
    expect(events()[0]).toMatchObject({ inputs: [{ data: [1, 2] }], outputs: [{ data: [9, 9] }] });
  });
});

describe('nothing is captured of', () => {
  test.each<[string, string, string]>([
    ['another model', 'identity_fp64', jsonRequest('FP64', [1, 1], '[1]')],
    ['a refusal', 'identity_fp32', jsonRequest('FP32', [1, 2], '[1]')],
    ['no rows', 'identity_fp32', jsonRequest('FP32', [0, 2], '[]')],
  ])('%s', async (_, model, body) => {
    await post(await serve(await newCapture({ identity_fp32: {} })), infer(model), body);
    expect(lines).toEqual([]);
  });

  test('what is over the rate, and what chance leaves out', async () => {
    const now = { clock: () => 1000 };
    const send = await serve(
      await newCapture(
        { identity_fp32: { perSecond: 2 }, identity_fp64: { percent: 10 } },
        { ...now, random: () => 0.5 },
      ),
    );
    for (let i = 0; i < 5; i++) {
      await post(send, infer('identity_fp32'), jsonRequest('FP32', [1, 1], '[1]'));
      await post(send, infer('identity_fp64'), jsonRequest('FP64', [1, 1], '[1]'));
    }
    expect(lines.map(({ model }) => model)).toEqual(['identity_fp32', 'identity_fp32']);
  });

  test('a request that is too large, which is told once', async () => {
    const send = await serve(await newCapture({ identity_bytes: {} }));
    const body = jsonRequest('BYTES', [1, 1], JSON.stringify(['x'.repeat(600_000)]));
    for (let i = 0; i < 2; i++) expect((await post(send, infer('identity_bytes'), body)).status).toBe(200);
    expect([lines.length, warnings.length]).toEqual([0, 1]);
    expect(warnings[0]).toContain('too large to be captured');
  });
});

describe('what is sensitive', () => {
  const options: CaptureOptions = { sensitive: { x: 'hash', y: 'drop' }, subject: 'x-user' };

  test('is hashed or dropped, and whom it is of is hashed', async () => {
    const send = await serve(await newCapture({ identity_bytes: options }));
    for (const user of ['alice', 'alice', 'bob']) await post(send, infer('identity_bytes'), TEXT, { 'x-user': user });
    await post(send, infer('identity_bytes'), TEXT);
    const seen = events();
    expect(seen.map(({ inputs, outputs }) => [inputs[0]?.data, outputs[0]?.data])).toEqual(
      Array.from({ length: 4 }, () => [[expect.stringMatching(/^h:[\w-]{22}$/)], [null]]),
    );
    const subjects = seen.map(({ subject }) => subject);
    expect(subjects[0]).toMatch(/^h:[\w-]{22}$/);
    expect([subjects[1] === subjects[0], subjects[2] === subjects[0], subjects[3]]).toEqual([true, false, undefined]);
    expect(JSON.stringify(lines)).not.toMatch(/secret|alice|bob/);
  });

  test('is not captured without a key, which is told once; the request is answered', async () => {
    const send = await serve(
      await newCapture({ identity_bytes: options, identity_fp32: {} }, { keys: new MemoryStore() }),
    );
    for (let i = 0; i < 3; i++) expect((await post(send, infer('identity_bytes'), TEXT)).status).toBe(200);
    await post(send, infer('identity_fp32'), jsonRequest('FP32', [1, 1], '[1]'));
    expect(lines.map(({ model }) => model)).toEqual(['identity_fp32']);
    expect(warnings).toEqual(['requests are not captured: the store has no key for them yet']);
  });

  test('is not captured where the store cannot be read', async () => {
    const keys = { get: () => Promise.reject(new Error('no disk')) };
    const send = await serve(await newCapture({ identity_bytes: options }, { keys }));
    expect((await post(send, infer('identity_bytes'), TEXT)).status).toBe(200);
    expect([lines, warnings]).toEqual([[], ['requests are not captured, their key cannot be read: no disk']]);
  });

  test('but is nothing of the version is refused at the start; a version that comes later is served without', async () => {
    const capture = await newCapture({ identity_bytes: { sensitive: { name: 'drop' } } });
    expect(() => capture.check(host.find('identity_bytes'))).toThrow("names 'name', which is no input");
    expect(() => capture.check(host.find('identity_fp32'))).not.toThrow();
    const send = await serve(capture);
    for (let i = 0; i < 2; i++) expect((await post(send, infer('identity_bytes'), TEXT)).status).toBe(200);
    expect(lines).toEqual([]);
    expect(warnings).toEqual([expect.stringMatching(/^requests to identity_bytes:3 are not captured: .*'name'/)]);
  });
});

describe('no message quotes a value of a version whose fields are sensitive', () => {
  const CANARY = '66660001';
  const refusals: [string, string, Datatype, string][] = [
    ['an integer that is too large', 'identity_int8', 'INT8', `[${CANARY}]`],
    ['a number that is too large', 'identity_fp32', 'FP32', `[${CANARY}e90]`],
    ['a byte that is no truth', 'identity_bool', 'BOOL', '[]'],
  ];

  async function refusal(model: string, datatype: Datatype, data: string, sensitive: CaptureOptions['sensitive']) {
    const send = await serve(await newCapture({ [model]: { ...(sensitive && { sensitive }) } }));
    const raw = Buffer.from([66]);
    const binary = frame(
      { inputs: [{ name: 'x', datatype, shape: [1, 1], parameters: { binary_data_size: 1 } }] },
      raw,
    );
    const { status, body } =
      datatype === 'BOOL'
        ? await send({ method: 'POST', path: infer(model), ...binary })
        : await post(send, infer(model), jsonRequest(datatype, [1, 1], data));
    return { status, text: Buffer.from(body).toString() };
  }

  test.each(refusals)('%s', async (_, model, datatype, data) => {
    const [open, closed] = [
      await refusal(model, datatype, data, undefined),
      await refusal(model, datatype, data, { x: 'mask' }),
    ];
    expect([open.status, closed.status]).toEqual([400, 400]);
    expect(open.text).toMatch(/66/);
    expect(closed.text).toContain('which is not told: some are sensitive');
    expect(closed.text).not.toMatch(/66/);
  });

  test('nor the log, where something was not foreseen', async () => {
    const broken = await contractHost(async (name) => ({
      ...echoModel(ECHOES[name] as Signature),
      infer: () => Promise.reject(new TypeError(`cannot read ${CANARY}`)),
    }));
    const server = await startServer(broken, {
      port: 0,
      capture: await newCapture({ identity_bytes: { sensitive: { x: 'drop' } } }),
    });
    close.push(() => server.close());
    const { status } = await post(overHttp(server.url, agent), infer('identity_bytes'), TEXT);
    expect([status, lines]).toEqual([500, []]);
    expect(warnings[0]).toMatch(/TypeError: withheld, for some fields are sensitive\n\s+at /);
    expect(warnings.join()).not.toContain(CANARY);
  });
});

test('a sink that fails is told once, without what it says, and serving goes on', async () => {
  const failing = {
    add: () => {
      throw new RangeError('secret');
    },
  };
  const send = await serve(await newCapture({ identity_bytes: {} }, { sink: failing }));
  for (let i = 0; i < 3; i++) expect((await post(send, infer('identity_bytes'), TEXT)).status).toBe(200);
  expect(warnings).toEqual(['a request could not be captured (RangeError); of others this is not told']);
});

test('raw tensors are captured as they were, of every row', async () => {
  const send = await serve(await newCapture({ identity_int64: {} }));
  const data = BigInt64Array.of(1n, 2n ** 60n);
  const request = frame(
    { inputs: [{ name: 'x', datatype: 'INT64', shape: [2, 1], parameters: { binary_data_size: 16 } }] },
    rawOf('INT64', data),
  );
  await send({ method: 'POST', path: infer('identity_int64'), ...request });
  expect(events()[0]).toMatchObject({ rows: 2, inputs: [{ data: [1, String(2n ** 60n)] }] });
});
