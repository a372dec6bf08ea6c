import * as fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Signature } from '#core/model/signature.ts';
import { createApp } from '#serving/app.ts';
import { extendedHost } from '#serving/extended-host.ts';
import { type Host, soleHost } from '#serving/host.ts';
import { ECHOES, echoModel } from '../../contracts/echo-model.ts';
import { contractHost, LABELS, VERSION } from '../../contracts/oip-host.ts';

type Answer = Record<string, unknown> & { error?: string };

let host: Host;
beforeAll(async () => {
  host = await contractHost(async (name) => echoModel(ECHOES[name] as Signature));
});

const thresholds = { identity_fp32: { metric: 'accuracy', below: 0.7 }, identity_fp64: { metric: 'r2', below: 0.9 } };

async function post(path: string, body: unknown, served = host): Promise<[number, Answer]> {
  const app = createApp(served, { maxBodyBytes: 2 ** 26 }, { thresholds });
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const response = await app.fetch(new Request(`http://x${path}`, { method: 'POST', body: text }));
  return [response.status, (await response.json()) as Answer];
}
const monitor = (body: unknown, model = 'identity_fp32') => post(`/v2/models/${model}/monitor`, body);

/** Rows of an echo: the scores are the answers. */
const row = (best: number): number[] => [0, 1, 2].map((index) => (index === best ? 0.8 : 0.1));
const X = [0, 0, 1, 1, 2, 2, 2, 2].map(row);
const y = [0, 1, 1, 1, 2, 2, 2, 0];

describe('a monitor call', () => {
  test('answers ok where the metric holds, with the numbers', async () => {
    const [status, answer] = await monitor({ X, y });
    expect(status).toBe(200);
    expect(answer).toMatchObject({
      status: 'ok',
      model_name: 'identity_fp32',
      model_version: String(VERSION),
      metric: 'accuracy',
      value: 0.75,
      threshold: 0.7,
      wrong: 'below',
      rows: 8,
    });
    // Wilson's formula, reckoned in Python.
    expect(answer['low']).toBeCloseTo(0.40927, 4);
    expect(answer['high']).toBeCloseTo(0.92852, 4);
    expect(answer['metrics']).toMatchObject({
      accuracy: 0.75,
      recall_macro: expect.any(Number) as number,
      roc_auc: expect.any(Number) as number,
    });
  });

  test('answers error, with 200, where it does not', async () => {
    expect(await monitor({ X, y, threshold: 0.9 })).toMatchObject([200, { status: 'error', threshold: 0.9 }]);
    const names = y.map((index) => LABELS[index]);
    const asked = { X, y: names, metric: 'recall:setosa', threshold: 0.51 };
    expect(await monitor(asked)).toMatchObject([200, { status: 'error', value: 0.5, metric: 'recall:setosa' }]);
  });

  test('takes a loss to be wrong above its threshold', async () => {
    const [, answer] = await monitor({ X, y, metric: 'log_loss', threshold: 0.1 });
    expect(answer).toMatchObject({ status: 'error', wrong: 'above' });
    expect(await monitor({ X, y, metric: 'log_loss', threshold: 5 })).toMatchObject([200, { status: 'ok' }]);
  });

  test('takes rows by input, and as the protocol has them', async () => {
    expect(await monitor({ X: { x: X }, y })).toMatchObject([200, { value: 0.75 }]);
    const inputs = [{ name: 'x', datatype: 'FP32', shape: [8, 3], data: X }];
    expect(await monitor({ X: { inputs }, y })).toMatchObject([200, { value: 0.75 }]);
  });

  test('is for the one model that there is, where the path names none', async () => {
    expect(await post('/monitor', { X, y }, soleHost(host.find('identity_fp32')))).toMatchObject([
      200,
      { status: 'ok' },
    ]);
    const [status, answer] = await post('/monitor', { X, y });
    expect([status, answer.error]).toEqual([400, expect.stringContaining('/v2/models/NAME/monitor')]);
  });

  test('computes many rows in parts', async () => {
    const many = Array.from({ length: 1000 }, (_, index) => index % 3);
    const [status, answer] = await monitor({
      X: many.map(row),
      y: many.map((index, at) => (at < 900 ? index : (index + 1) % 3)),
    });
    expect([status, answer]).toMatchObject([200, { value: 0.9, rows: 1000 }]);
  });

  test('of a version is of that one', async () => {
    const path = `/v2/models/identity_fp32/versions/${VERSION}/monitor`;
    expect(await post(path, { X, y })).toMatchObject([200, { status: 'ok' }]);
    expect(await post('/v2/models/identity_fp32/versions/9/monitor', { X, y })).toMatchObject([404, {}]);
    expect(await post('/v2/models/nobody/monitor', { X, y })).toMatchObject([404, {}]);
    expect(await post('/v2/models/loading/monitor', { X, y })).toMatchObject([503, {}]);
  });
});

describe('what is refused is the client’s to correct', () => {
  const rows10001 = Array.from({ length: 10_001 }, () => 0);
  test.each<[string, unknown, RegExp]>([
    ['no JSON', '{', /is no JSON/],
    ['a list', [], /no JSON object/],
    ['no X', { y }, /"X" that is missing/],
    ['no y', { X }, /"y" that is missing/],
    ['no rows', { X: [], y: [] }, /has no row/],
    ['too many rows', { X: rows10001, y: rows10001 }, /10001 rows came, 10000 at most/],
    ['a truth that is none', { X, y: [...y.slice(1), {}] }, /y\[7\] that is a object/],
    ['a threshold that is text', { X, y, threshold: '1' }, /"threshold" that is a string/],
    ['a metric that is none', { X, y, metric: 7 }, /"metric" that is a number/],
    ['a metric that there is not', { X, y, metric: 'acuracy', threshold: 1 }, /no metric "acuracy".*accuracy/],
    ['a metric of another kind', { X, y, metric: 'r2', threshold: 1 }, /'r2' cannot be had/],
    ['a metric without a threshold', { X, y, metric: 'f1_macro' }, /nobody has said what 'f1_macro'/],
    ['fewer rows than truths', { X: X.slice(1), y }, /has 7 rows, and y has 8/],
    [
      'rows of several widths',
      {
        X: [
          [1, 2, 3],
          [1, 2],
        ],
        y: [0, 1],
      },
      /row 1 has 2 elements/,
    ],
    ['another number of classes', { X: [[1, 2]], y: [0] }, /3 labels, and 2 classes/],
    ['rows of text', { X: [['a', 'b', 'c']], y: [0] }, /./],
    ['a class that is none', { X, y: [...y.slice(1), 'rose'] }, /y\[7\] is "rose", which is no class: setosa/],
    ['an index that is none', { X, y: [...y.slice(1), 3] }, /y\[7\] is 3, which is no class/],
    ['an input that there is not', { X: { z: X }, y }, /no list of rows for the input 'x'/],
    ['no tensors', { X: { inputs: [] }, y }, /./],
  ])('%s', async (_, body, error) => {
    const [status, answer] = await monitor(body);
    expect([status, answer.error]).toEqual([400, expect.stringMatching(error)]);
  });

  test('rows for a model of several inputs', async () => {
    const [status, answer] = await monitor({ X, y, threshold: 1 }, 'identity_pair');
    expect([status, answer.error]).toEqual([400, expect.stringContaining('the model has 2 inputs: a, b')]);
  });

  test.each(['[', '{"inputs":[{"datatype":'])('what is nested without an end, as %s', async (open) => {
    const close = open === '[' ? ']' : '}]}';
    const [status, answer] = await monitor(`{"X": ${open.repeat(100_000)}1${close.repeat(100_000)}, "y": [1]}`);
    expect([status, answer.error]).toEqual([400, expect.stringContaining('nested deeper than 16')]);
  });

  const ids = (name: string) => ({ name, datatype: 'INT64', shape: [-1] }) as const;

  test('labels that nobody has named, of which there are too many', async () => {
    const labels = (count: number) => Array.from({ length: count }, (_, index) => index);
    const { manifest, ...served } = host.find('identity_int64');
    const unnamed = soleHost({
      ...served,
      model: echoModel({ inputs: [ids('x')], outputs: [ids('label')], unserved: [] }),
      manifest: { ...manifest, labels: {}, task: 'classification' },
    });
    const call = (count: number) =>
      post('/v2/models/identity_int64/monitor', { X: labels(count), y: labels(count), threshold: 1 }, unnamed);
    const [status, answer] = await call(1025);
    expect([status, answer.error]).toEqual([400, expect.stringContaining('there are 1025 classes, 1024 at most')]);
    expect(await call(3)).toMatchObject([200, { metric: 'accuracy', value: 1 }]);
  });

  test('a body that is too large', async () => {
    const [status] = await monitor(`{"X": [${'1,'.repeat(2 ** 22)}1], "y": [1]}`);
    expect(status).toBe(413);
  });

  test('whatever it is, with no failure of ours', async () => {
    const value = fc.oneof(fc.json(), fc.constant(JSON.stringify(X)), fc.constant(JSON.stringify(y)));
    await fc.assert(
      fc.asyncProperty(value, value, fc.option(fc.json(), { nil: '1' }), async (x, truths, threshold) => {
        const [status] = await monitor(`{"X": ${x}, "y": ${truths}, "threshold": ${threshold}}`);
        expect([200, 400]).toContain(status);
      }),
      { numRuns: 300 },
    );
  });
});

describe('of a model with sensitive fields', () => {
  const SECRET = 4_111_111_111_111_111;
  const capture = { begin: () => undefined, isSensitive: () => true };
  test.each([
    ['an element', 'identity_int8', { X: [[SECRET]], y: [1] }],
    ['a truth', 'identity_fp32', { X: [row(0)], y: [SECRET] }],
    ['a truth that is text', 'identity_fp32', { X: [row(0)], y: [String(SECRET)] }],
  ])('no refusal quotes %s', async (_, model, body) => {
    const path = `/v2/models/${model}/monitor`;
    const [status, answer] = await post(path, body, extendedHost(soleHost(host.find(model)), { capture }));
    expect([status, answer.error]).toEqual([400, expect.stringContaining('some are sensitive')]);
    expect(answer.error).not.toContain(String(SECRET));
  });
});
