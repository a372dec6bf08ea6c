import { describe, expect, test } from 'vitest';
import { OnnwardError, type ErrorKind } from '#core/errors.ts';
import type { Signature } from '#core/model/signature.ts';
import type { Tensor } from '#core/model/tensor.ts';
import type { AnsweredRequest, InferenceOptions, LoadedModel } from '#core/ports.ts';
import type { Host } from '#serving/host.ts';
import type { BytesRequest, BytesResponse } from '#serving/message.ts';
import { infer } from '#serving/protocols/oip/infer.ts';
import { ECHOES, echoModel } from '../../../contracts/echo-model.ts';
import { jsonRequest } from '../../../contracts/oip-client.ts';
import { contractHost } from '../../../contracts/oip-host.ts';

const LIMITS = { maxBodyBytes: 100_000 };
const iris = jsonRequest('FP32', [1, 4], '[5.1,3.5,1.4,0.2]');
const echo = (name: string): LoadedModel => echoModel(ECHOES[name] as Signature);

function requestOf(body: string | Uint8Array, headers: Record<string, string> = {}): BytesRequest {
  return { header: (name) => headers[name], body: Buffer.from(body) };
}

/** Asks a model whose `infer` is the one given. */
async function ask(answer: LoadedModel['infer'], body = iris): Promise<BytesResponse> {
  const host = await contractHost(async (name) => ({ ...echo(name), infer: answer }));
  return infer(host, 'identity_fp32', undefined, requestOf(body), LIMITS);
}

describe('what the engine refuses', () => {
  test.each<[ErrorKind, number]>([
    ['overloaded', 429],
    ['deadline', 504],
    ['unavailable', 503],
    ['internal', 500],
  ])('%s is %i', async (kind, status) => {
    const response = await ask(() => Promise.reject(new OnnwardError('so it is', { code: 'engine.x', kind })));
    expect([response.status, response.body]).toEqual([status, '{"error":"so it is"}']);
    const waits = kind === 'overloaded' || kind === 'unavailable';
    expect(response.headers['retry-after']).toBe(waits ? '1' : undefined);
  });

  test.each([
    ['rejects', () => Promise.reject(new Error('tensor 5.1,3.5 in /srv/model.onnx'))],
    [
      'throws',
      () => {
        throw new TypeError('5.1');
      },
    ],
    ['rejects with nothing', () => Promise.reject(undefined as unknown as Error)],
    ['answers nonsense', () => Promise.resolve([])],
  ])('an engine that %s is a 500 that gives nothing away', async (_, answer) => {
    const { status, body } = await ask(answer);
    expect([status, body]).toEqual([500, '{"error":"the server failed to answer this request"}']);
  });
});

describe('what the engine is asked', () => {
  const asked = async (name: string, body: string | Uint8Array, headers: Record<string, string> = {}) => {
    const calls: { inputs: readonly Tensor[]; options: InferenceOptions | undefined }[] = [];
    const host = await contractHost(async (fixture) => ({
      ...echo(fixture),
      async infer(inputs, options) {
        calls.push({ inputs, options });
        return inputs;
      },
    }));
    const response = await infer(host, name, undefined, requestOf(body, headers), LIMITS);
    return { response, call: calls[0] };
  };

  test('typed arrays in the order of the signature', async () => {
    const inputs = [
      { name: 'b', shape: [2], datatype: 'INT64', data: [1, -2] },
      { name: 'a', shape: [1, 3], datatype: 'FP32', data: [1, 2, 3] },
    ];
    const { call } = await asked('identity_pair', JSON.stringify({ inputs }));
    expect(call?.inputs).toEqual([
      { datatype: 'FP32', shape: [1, 3], data: Float32Array.of(1, 2, 3) },
      { datatype: 'INT64', shape: [2], data: BigInt64Array.of(1n, -2n) },
    ]);
    expect(call?.options).toBeUndefined();
  });

  test.each([
    [5_000, { deadlineMs: 5 }],
    [1, { deadlineMs: 0.001 }],
    [0, undefined],
  ])('timeout %i µs is %j', async (timeout, options) => {
    const { call } = await asked('identity_fp32', iris.replace('{', `{"parameters":{"timeout":${timeout}},`));
    expect(call?.options).toEqual(options);
  });

  test('nothing, where the request is wrong or an output unknown', async () => {
    for (const body of ['{}', iris.replace(/\}$/, ',"outputs":[{"name":"z"}]}'), `${iris}x`]) {
      const { call, response } = await asked('identity_fp32', body);
      expect([call, response.status]).toEqual([undefined, 400]);
    }
  });

  test('aligned raw data without a copy, misaligned with one', async () => {
    const raw = Float32Array.of(1, 2, 3, 4, 5, 6);
    for (const [offset, shared] of [
      [0, true],
      [1, false],
    ] as const) {
      const memory = new Uint8Array(64);
      const body = memory.subarray(offset, offset + 24);
      body.set(new Uint8Array(raw.buffer));
      const calls: Tensor[] = [];
      const host = await contractHost(async (fixture) => ({
        ...echo(fixture),
        async infer(inputs) {
          calls.push(...inputs);
          return inputs;
        },
      }));
      const request = {
        header: (name: string) => (name === 'inference-header-content-length' ? '0' : undefined),
        body,
      };
      expect((await infer(host, 'fixed_shape', undefined, request, LIMITS)).status).toBe(200);
      const { data } = calls[0] as { data: Float32Array };
      expect(data).toEqual(raw);
      expect(data.buffer === memory.buffer).toBe(shared);
    }
  });
});

test('a model is found and asked within one turn, so that a swap cannot come between', async () => {
  const events: string[] = [];
  const inner = await contractHost(async (name) => ({
    ...echo(name),
    async infer(inputs: readonly Tensor[]) {
      events.push('infer');
      return inputs;
    },
  }));
  const host: Host = {
    ...inner,
    find(name, version) {
      events.push('find');
      queueMicrotask(() => events.push('next turn'));
      return inner.find(name, version);
    },
  };
  await infer(host, 'identity_fp32', undefined, requestOf(iris), LIMITS);
  expect(events).toEqual(['find', 'infer', 'next turn']);
});

test('an output that is not served is refused with the reason and the cure', async () => {
  const unserved = [{ name: 'probabilities', reason: 'it is a sequence of maps', cure: 'export with zipmap=False' }];
  const host = await contractHost(async (name) => echoModel({ ...(ECHOES[name] as Signature), unserved }));
  const body = iris.replace(/\}$/, ',"outputs":[{"name":"probabilities"}]}');
  const response = await infer(host, 'identity_fp32', undefined, requestOf(body), LIMITS);
  expect([response.status, response.body]).toEqual([
    400,
    '{"error":"output \\"probabilities\\" is not served: it is a sequence of maps: export with zipmap=False"}',
  ]);
});

test('names with quotes, backslashes and other scripts are told apart and echoed', async () => {
  const name = 'a"\\\nü日';
  const spec = { name, datatype: 'FP32', shape: [-1] } as const;
  const host = await contractHost(async () => echoModel({ inputs: [spec], outputs: [spec], unserved: [] }));
  for (const written of [JSON.stringify(name), '"a\\u0022\\u005c\\u000a\\u00fc\\u65e5"']) {
    const body = `{"inputs":[{"name":${written},"shape":[1],"datatype":"FP32","data":[1]}]}`;
    const { status, body: answer } = await infer(host, 'scalar', undefined, requestOf(body), LIMITS);
    expect(status).toBe(200);
    expect((JSON.parse(answer as string) as { outputs: unknown[] }).outputs).toEqual([
      { name, datatype: 'FP32', shape: [1], data: [1] },
    ]);
  }
});

test('who counts requests is told how many rows there were, and where the time went', async () => {
  const told: AnsweredRequest[] = [];
  const host = await contractHost(async (name) => echo(name));
  const body = requestOf(jsonRequest('FP32', [3, 1], '[1,2,3]'));
  await infer(host, 'identity_fp32', undefined, body, LIMITS, { record: (request) => void told.push(request) });
  await infer(host, 'identity_fp32', undefined, requestOf('{'), LIMITS, {
    record: (request) => void told.push(request),
  });
  const [{ readMs = -1, runMs = -1, writeMs = -1, rows, ms } = {} as AnsweredRequest, refused] = told;
  expect([rows, [readMs, runMs, writeMs].every((part) => part >= 0)]).toEqual([3, true]);
  expect(readMs + runMs + writeMs).toBeLessThanOrEqual(ms);
  expect(refused).not.toHaveProperty('readMs');
});
