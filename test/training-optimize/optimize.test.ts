import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import type { JudgedVariant, OptimizationDocument } from '#core/training/optimize/document.ts';
import type { OptimizeOptions } from '#core/training/options.ts';
import type { EvaluationOptions } from '#core/release/options.ts';
import { example, fixtureFile, newPlace, optimized } from '../core/training/optimize/support/place.ts';
import { realOptimizer } from './optimizer.ts';

/*
 * The real optimizer, the real guard, real held-out rows. What is measured is measured; only sizes, answers and verdicts are
 * judged here, as latencies are the machine's.
 */

const DIGITS: EvaluationOptions = { data: `file:${join(example('digits'), 'heldout.csv')}`, label: 'digit' };
const labels = { probabilities: Array.from({ length: 10 }, (_, digit) => String(digit)) };

async function judged(
  graph: string,
  evaluation: EvaluationOptions,
  options: OptimizeOptions = { prefer: 'size' },
): Promise<OptimizationDocument> {
  const place = await newPlace(evaluation);
  const manifest = await place.register('model', graph, evaluation === DIGITS ? { labels } : {});
  return optimized(place, manifest, options, realOptimizer(place.store));
}

const variant = ({ variants }: OptimizationDocument, name: string): JudgedVariant =>
  variants.find((each) => each.name === name)!;

const verdicts = ({ variants }: OptimizationDocument) =>
  Object.fromEntries(variants.map(({ name, verdict }) => [name, verdict]));

/** By output, the share of the same answers. */
const agreements = ({ outputs }: JudgedVariant) =>
  Object.fromEntries(outputs.map(({ output, agreement }) => [output, agreement.value]));

describe('the digits example', () => {
  let document: OptimizationDocument;
  beforeAll(async () => {
    document = await judged(join(example('digits'), 'model.onnx'), DIGITS);
  });

  test('in 8 bits is three times smaller, loses no point of accuracy, and answers the same', () => {
    const { cost, quality, outputs } = variant(document, 'dynamic-int8');
    expect(document.original.cost.bytes / cost!.bytes).toBeGreaterThan(3);
    expect(quality!.difference).toBeGreaterThan(-0.01);
    expect(quality!.low).toBeGreaterThan(-0.01);
    expect(outputs.map(({ output, rows }) => [output, rows])).toEqual([
      ['label', 486],
      ['probabilities', 486],
    ]);
    for (const { agreement } of outputs) expect(agreement.value).toBeGreaterThan(0.99);
  });

  test('has all methods judged, and the smallest that passes taken', () => {
    expect(verdicts(document)).toEqual({
      simplify: 'pass',
      'dynamic-int8': 'pass',
      'static-int8': 'pass',
      fp16: 'pass',
      prune: 'fail',
    });
    expect(document.pick).toMatchObject({ name: 'dynamic-int8', files: [{ path: 'dynamic-int8/model.onnx' }] });
    const passed = document.variants.filter(({ verdict }) => verdict === 'pass').map(({ cost }) => cost!.bytes);
    expect(variant(document, 'dynamic-int8').cost!.bytes).toBe(Math.min(...passed));
  });

  test('with half of its weights pruned loses, and compresses no better than it says', () => {
    const { cost, quality } = variant(document, 'prune');
    expect(quality!.difference).toBeLessThan(-0.01);
    expect(cost!.bytes).toBeGreaterThan(0.9 * document.original.cost.bytes);
    expect(cost!.gzipBytes).toBeLessThan(0.7 * document.original.cost.gzipBytes);
  });

  test('is measured: every variant has a latency of a row and of a batch, and a load, with their intervals', () => {
    for (const { cost } of [document.original, ...document.variants]) {
      for (const { value, low, high } of [cost!.latency, cost!.batch!, cost!.load]) {
        expect(low).toBeGreaterThan(0);
        expect(value).toBeGreaterThanOrEqual(low);
        expect(high).toBeGreaterThanOrEqual(value);
      }
    }
  });
});

test('a fragile model in 8 bits is refused, however small and fast it is', async () => {
  const document = await judged(fixtureFile('optimize/fragile.onnx'), DIGITS);
  for (const name of ['dynamic-int8', 'static-int8']) {
    const { verdict, quality, cost } = variant(document, name);
    expect([name, verdict]).toEqual([name, 'fail']);
    expect(quality!.high).toBeLessThan(-0.5);
    expect(cost!.bytes).toBeLessThan(document.original.cost.bytes / 2.5);
  }
  expect(document.pick?.name).toBe('fp16');
  const without = await judged(fixtureFile('optimize/fragile.onnx'), DIGITS, {
    prefer: 'size',
    methods: ['dynamic-int8', 'static-int8'],
  });
  expect(without.pick).toBeUndefined();
  expect(without.sentence).toBe(
    'No variant passes, so model:1 is kept: dynamic-int8 loses too much, static-int8 loses too much.',
  );
});

test('an output that nobody has labelled has a guard of its own', async () => {
  const document = await judged(fixtureFile('optimize/two_heads.onnx'), DIGITS);
  const spoilt = variant(document, 'dynamic-int8');
  expect(spoilt.quality!.difference).toBeGreaterThan(-0.01);
  expect(agreements(spoilt)).toMatchObject({ label: 1, probabilities: 1, ink: 0 });
  expect(spoilt.guards.filter(({ verdict }) => verdict === 'fail')).toMatchObject([
    { guard: 'agreement', output: 'ink' },
  ]);
  expect(agreements(variant(document, 'fp16'))).toEqual({ label: 1, probabilities: 1, ink: 1 });
  expect(document.pick?.name).toBe('fp16');
});

describe('a regression', () => {
  const evaluation = { data: `file:${fixtureFile('optimize/diabetes.csv')}`, label: 'progression' };
  const graph = fixtureFile('optimize/diabetes.onnx');

  test('is judged by its R2, and by how near its numbers are', async () => {
    const document = await judged(graph, evaluation, { prefer: 'size', margin: 0.2 });
    const { quality, outputs } = variant(document, 'fp16');
    expect(quality).toMatchObject({ metric: 'r2', rows: 199 });
    expect(Math.abs(quality!.difference!)).toBeLessThan(0.001);
    expect(outputs).toMatchObject([{ output: 'progression', same: 'near', agreement: { value: 1 } }]);
    expect(outputs[0]!.r2).toBeGreaterThan(0.999);
    expect(verdicts(document)).toMatchObject({ fp16: 'pass', prune: 'fail' });
    expect(document.leftOut).toMatchObject([{ method: 'simplify' }]);
    expect(document.pick?.name).toBe('fp16');
  });

  test('of few rows cannot rule out a small loss, however near the answers are', async () => {
    const document = await judged(graph, evaluation, { prefer: 'size', methods: ['fp16'] });
    expect(variant(document, 'fp16').verdict).toBe('inconclusive');
    expect(variant(document, 'fp16').quality!.rowsNeeded).toBeGreaterThan(1000);
    expect(document.pick).toBeUndefined();
  });
});
