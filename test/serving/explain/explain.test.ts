import { describe, expect, test } from 'vitest';
import { createEngine } from '#adapters/onnx/engine.ts';
import { asker, type Contribution, hostOf, modelOf, scoring, spec } from './asked.ts';

const LABELS = { probabilities: ['setosa', 'versicolor', 'virginica'] };
const BACKGROUND = [
  [5.1, 3.5, 1.4, 0.2],
  [5.8, 2.7, 5.1, 1.9],
];
const ROW = [6.3, 3.4, 5.6, 2.4];

const engine = createEngine({ workers: 0 });
const iris = async () =>
  hostOf(await engine.load({ folder: 'examples/iris', graph: 'model.onnx', files: [] }), { labels: LABELS });

const contributions = (all: readonly Contribution[]): number[] => all.map(({ contribution }) => contribution);
const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

test.each([
  '/v1/models/m:explain',
  '/v1/models/m%3Aexplain',
  '/v1/models/m/versions/7:explain',
  '/v2/models/m/explain',
  '/v2/models/m/versions/7/explain',
])('%s shares out the probability of the class that the model says', async (path) => {
  const { status, body } = await asker(await iris())(
    { instances: [ROW], parameters: { background: BACKGROUND } },
    path,
  );
  expect(status).toBe(200);
  expect(body).toMatchObject({ model_name: 'm', model_version: '7' });
  const [{ outputs, ...how }] = body.explanations as never as [(typeof body.explanations)[0]];
  // Once to see the class, the row, the background, and 14 coalitions against each row of it.
  expect(how).toEqual({
    method: 'exact',
    exact: true,
    evaluations: 1 + 1 + 2 + 28,
    background: { rows: 2, source: 'request' },
  });
  expect(outputs).toMatchObject([{ output: 'probabilities', kind: 'score', class: 2, label: 'virginica' }]);
  const [{ prediction, base, contributions: all }] = outputs as never as [(typeof outputs)[0]];
  expect(all.map(({ feature, value }) => [feature, value])).toEqual(ROW.map((value, at) => [`features[${at}]`, value]));
  expect(base + sum(contributions(all))).toBeCloseTo(prediction, 6);
  expect(prediction).toBeGreaterThan(0.9);
});

test.each(['/v1/models/m', '/v1/models/m:predict', '/v2/models/m/explains'])('%s is no route', async (path) => {
  expect(await asker(await iris())({}, path)).toMatchObject({ status: 404 });
});

test('classes are chosen by name or number, the largest contributions by their size', async () => {
  const ask = asker(await iris());
  const parameters = { background: BACKGROUND, outputs: ['setosa', 1], top: 2 };
  const { outputs } = (await ask({ instances: [ROW], parameters })).body.explanations[0]!;
  expect(outputs).toMatchObject([
    { class: 0, label: 'setosa' },
    { class: 1, label: 'versicolor' },
  ]);
  for (const { prediction, base, contributions: all, rest } of outputs) {
    expect(all).toHaveLength(2);
    expect(Math.abs(all[0]!.contribution)).toBeGreaterThanOrEqual(Math.abs(all[1]!.contribution));
    expect(base + sum(contributions(all)) + rest!).toBeCloseTo(prediction, 6);
  }
  const every = await ask({ instances: [ROW], parameters: { background: BACKGROUND, outputs: 'all' } });
  expect(every.body.explanations[0]!.outputs).toHaveLength(3);
});

test('of a logistic regression the log odds are a sum', async () => {
  const logistic = scoring(14, (row) => [1 / (1 + Math.exp(-sum(row.map((value, at) => (value * (at - 6)) / 9))))]);
  const row = Array.from({ length: 14 }, (_, at) => at / 7);
  const parameters = { background: [row.map(() => 0)], link: 'logit' };
  const { method, exact, outputs } = (await asker(hostOf(logistic))({ instances: [row], parameters })).body
    .explanations[0]!;
  expect([method, exact]).toEqual(['linear', true]);
  for (const [at, value] of contributions(outputs[0]!.contributions).entries())
    expect(value).toBeCloseTo((row[at]! * (at - 6)) / 9, 4);
});

test('a regression is explained by its value, one with several by each of them', async () => {
  const one = await asker(hostOf(scoring(2, ([a, b]) => [a! * b!])))({
    instances: [[2, 3]],
    parameters: { background: [[0, 1]] },
  });
  expect(one.body.explanations[0]!.outputs).toEqual([
    {
      output: 'y',
      kind: 'value',
      prediction: 6,
      base: 0,
      contributions: [
        { feature: 'x[0]', value: 2, contribution: 4, error: 0 },
        { feature: 'x[1]', value: 3, contribution: 2, error: 0 },
      ],
    },
  ]);
  const two = await asker(hostOf(scoring(2, ([a, b]) => [a!, b!])))({
    instances: [[2, 3]],
    parameters: { background: [[0, 1]] },
  });
  expect(two.body.explanations[0]!.outputs).toMatchObject([
    { kind: 'value', index: 0, prediction: 2 },
    { kind: 'value', index: 1, prediction: 3 },
  ]);
});

describe('a model that only says the class', () => {
  const said = modelOf([spec('x', 'FP64', -1, 2)], [spec('label', 'INT64', -1)], ([x]) => {
    const rows = x!.shape[0]!;
    const sums = BigInt64Array.from({ length: rows }, (_, row) => ((x!.data as Float64Array)[2 * row]! > 1 ? 1n : 0n));
    return [{ datatype: 'INT64', shape: [rows], data: sums }];
  });

  test('is explained by whether it says it', async () => {
    const ask = asker(hostOf(said, { labels: { label: ['no', 'yes'] } }));
    const { body } = await ask({
      instances: [[2, 5]],
      parameters: {
        background: [
          [0, 1],
          [3, 1],
        ],
      },
    });
    expect(body.explanations[0]!.outputs).toMatchObject([
      {
        output: 'label',
        kind: 'indicator',
        class: 1,
        label: 'yes',
        prediction: 1,
        base: 0.5,
        contributions: [{ contribution: 0.5 }, { contribution: 0 }],
      },
    ]);
  });

  test('so is one that says it in words, of texts and whole numbers of 64 bits', async () => {
    const words = modelOf(
      [spec('colour', 'BYTES', -1, 1), spec('id', 'INT64', -1)],
      [spec('said', 'BYTES', -1)],
      ([colour, id]) => {
        const data = (colour!.data as string[]).map((text, row) =>
          text === 'red' && (id!.data as BigInt64Array)[row] === 9007199254740991n ? 'stop' : 'go',
        );
        return [{ datatype: 'BYTES', shape: [data.length], data }];
      },
    );
    const instance = { colour: 'red', id: 9007199254740991 };
    const { body } = await asker(hostOf(words))({
      instances: [instance],
      parameters: { background: [{ colour: ['green'], id: [1] }] },
    });
    expect(body.explanations[0]!.outputs).toMatchObject([
      {
        kind: 'indicator',
        class: 'stop',
        prediction: 1,
        base: 0,
        contributions: [
          { feature: 'colour', value: 'red', contribution: 0.5 },
          { feature: 'id', contribution: 0.5 },
        ],
      },
    ]);
  });
});

test('rows are objects by the names of columns, where the baseline tells them', async () => {
  const profile = { key: 'k', sha256: 's', size: 1, rows: 1, columns: { x: ['age', 'income'] } };
  const host = hostOf(
    scoring(2, ([a, b]) => [a! + b!]),
    { baseline: { profile } },
  );
  const ask = asker(host, {
    backgrounds: async () => [
      { name: 'income', values: [10, 20] },
      { name: 'age', values: [1, 3] },
    ],
  });
  const { body } = await ask({ instances: [{ income: 16, age: 4 }] });
  expect(body.explanations[0]).toMatchObject({ background: { rows: 2, source: 'baseline' } });
  expect(body.explanations[0]!.outputs[0]!.contributions).toEqual([
    { feature: 'age', value: 4, contribution: 2, error: 0 },
    { feature: 'income', value: 16, contribution: 1, error: 0 },
  ]);
});

describe('a picture', () => {
  const net = async () => hostOf(await engine.load({ folder: 'examples/digits', graph: 'model.onnx', files: [] }));
  const pixels = Array.from({ length: 64 }, (_, at) => (at % 9) / 9);

  test('is hidden patch by patch, without anything to compare it with', async () => {
    const ask = asker(await net());
    const nested = [Array.from({ length: 8 }, (_, row) => pixels.slice(row * 8, row * 8 + 8))];
    const { body } = await ask({ instances: [pixels, nested], parameters: { patch: 2, fill: 'blur' } });
    expect(body.explanations[1]).toEqual(body.explanations[0]);
    expect(body.explanations[0]).toMatchObject({
      method: 'occlusion',
      fill: 'blur',
      patch: 2,
      cell: 2,
      rows: 4,
      columns: 4,
      evaluations: 18,
    });
    expect(body.explanations[0]!.outputs[0]!.heat).toHaveLength(4);
  });

  test('is shared out among its pixels where that is asked for', async () => {
    const parameters = { method: 'permutation', background: [pixels.map(() => 0)] };
    const { body } = await asker(await net())({ instances: [pixels], parameters });
    const [{ prediction, base, contributions: all }] = body.explanations[0]!.outputs as never as [
      (typeof body.explanations)[0]['outputs'][0],
    ];
    expect(base + sum(contributions(all))).toBeCloseTo(prediction, 5);
    expect(all.filter(({ error }) => error > 0).length).toBeGreaterThan(40);
  });
});

test('a model with a fixed number of rows gets so many', async () => {
  const fixed = scoring(2, ([a, b]) => [a! * b!]);
  const counts: number[] = [];
  const three = modelOf([spec('x', 'FP32', 3, 2)], fixed.signature.outputs, (inputs) => {
    counts.push(inputs[0]!.shape[0]!);
    return fixed.infer(inputs);
  });
  const { body } = await asker(hostOf(three))({
    instances: [[2, 3]],
    parameters: {
      background: [
        [0, 1],
        [0, 1],
        [0, 1],
        [0, 1],
      ],
    },
  });
  expect(contributions(body.explanations[0]!.outputs[0]!.contributions)).toEqual([4, 2]);
  expect(new Set(counts)).toEqual(new Set([3]));
});
