import { describe, expect, test } from 'vitest';
import type { Manifest } from '#core/model/manifest.ts';
import { numberToHalf } from '#core/model/halves.ts';
import type { Tensor } from '#core/model/tensor.ts';
import type { PredictionPlan } from '#core/release/evaluation/prediction.ts';
import { ColumnSpread } from '#core/training/optimize/column-spread.ts';
import { type Comparison, comparisonsOf } from '#core/training/optimize/comparisons.ts';
import { OutputTally } from '#core/training/optimize/output-tally.ts';
import { tensor } from '../../../support/models.ts';

const floats = (shape: readonly number[], ...data: number[]): Tensor => tensor('FP32', shape, Float32Array.from(data));

function tallied(
  same: Comparison['same'],
  original: Tensor,
  variant: Tensor,
  more: Partial<Comparison> & { rows?: number } = {},
) {
  const comparison = { output: 'y', index: 0, same, columns: original.shape[1] ?? 1, ...more };
  const spread = new ColumnSpread(comparison.columns);
  if (same === 'near')
    for (const [at, value] of original.data.entries()) spread.add(at % comparison.columns, value as number);
  const tally = new OutputTally(comparison, spread);
  tally.add(original, variant, more.rows ?? original.shape[0] ?? 1);
  return tally.result();
}

describe('the same class', () => {
  const original = floats([3, 2], 0.9, 0.1, 0.2, 0.8, 0.5, 0.5);

  test('is where the largest is, and the first of two that are equal', () => {
    const { agreement, largest, mean, rows } = tallied('class', original, floats([3, 2], 0.6, 0.4, 0.4, 0.6, 0.4, 0.6));
    expect([rows, agreement.value]).toEqual([3, 2 / 3]);
    expect(agreement.low).toBeLessThan(2 / 3);
    expect(largest).toBeCloseTo(0.3, 6);
    expect(mean).toBeCloseTo((0.3 + 0.3 + 0.2 + 0.2 + 0.1 + 0.1) / 6, 6);
  });

  test('of a lone score is the side of the threshold that it is on', () => {
    const scores = [floats([3, 1], 0.4, 0.6, 0.5), floats([3, 1], 0.5, 0.7, 0.51)] as const;
    expect(tallied('class', ...scores, { threshold: 0.5 }).agreement.value).toBe(2 / 3);
    expect(tallied('class', ...scores, { threshold: 0 }).agreement.value).toBe(1);
  });

  test('does not count rows that only fill up a batch', () => {
    const { rows, agreement } = tallied('class', original, floats([3, 2], 0.9, 0.1, 0.9, 0.1, 0.1, 0.9), { rows: 1 });
    expect([rows, agreement.value]).toEqual([1, 1]);
  });
});

describe('a number as near', () => {
  const original = floats([4, 1], 0, 10, 20, 30); // of standard deviation 11.2

  test.each([
    [floats([4, 1], 0, 10, 20, 30), 1, 1],
    [floats([4, 1], 1, 11, 19, 31), 1, 1 - 4 / 500],
    [floats([4, 1], 2, 10, 20, 30), 0.75, 1 - 4 / 500],
    [floats([4, 1], 15, 15, 15, 15), 0, 0],
  ])('as a tenth of the deviation: %j', (variant, share, r2) => {
    const found = tallied('near', original, variant);
    expect(found.agreement.value).toBe(share);
    expect(found.r2).toBeCloseTo(r2, 10);
  });

  test('is looked at column by column, so that a large one hides no small one', () => {
    const wide = floats([2, 2], 0, 0, 1000, 0.001);
    const found = tallied('near', wide, floats([2, 2], 0, 0.001, 1000, 0));
    expect(found.agreement.value).toBe(0);
    expect(found.r2).toBeCloseTo((1 - 3) / 2, 6);
  });

  test('is nearly the same where nothing varies', () => {
    const flat = floats([2, 1], 5, 5);
    expect(tallied('near', flat, floats([2, 1], 5.0001, 5)).agreement.value).toBe(1);
    expect(tallied('near', flat, floats([2, 1], 5.1, 5)).agreement.value).toBe(0.5);
    expect(tallied('near', flat, flat).r2).toBeUndefined();
  });

  test('is one for all rows where the output has no rows', () => {
    const { rows, agreement } = tallied('near', floats([], 1), floats([], 1), { rows: 4, columns: 1 });
    expect([rows, agreement.value]).toEqual([1, 1]);
  });

  test('in half precision is a number, too', () => {
    const halves = (...values: number[]) => tensor('FP16', [values.length, 1], Uint16Array.from(values, numberToHalf));
    const spread = new ColumnSpread(1);
    for (const value of [0, 10, 20]) spread.add(0, value);
    const tally = new OutputTally({ output: 'y', index: 0, same: 'near', columns: 1 }, spread);
    tally.add(halves(0, 10, 20), halves(0, 10, 25), 3);
    expect(tally.result()).toMatchObject({ agreement: { value: 2 / 3 }, largest: 5 });
  });
});

describe('exactly the same', () => {
  test.each<[string, Tensor, Tensor, number]>([
    [
      'whole numbers',
      tensor('INT64', [2], BigInt64Array.of(1n, 2n)),
      tensor('INT64', [2], BigInt64Array.of(1n, 3n)),
      0.5,
    ],
    ['texts', tensor('BYTES', [2], ['a', 'b']), tensor('BYTES', [2], ['a', 'b']), 1],
    [
      'rows of several',
      tensor('INT32', [2, 2], Int32Array.of(1, 2, 3, 4)),
      tensor('INT32', [2, 2], Int32Array.of(1, 2, 3, 5)),
      0.5,
    ],
  ])('are %s', (_, original, variant, share) => {
    const found = tallied('exact', original, variant);
    expect(found.agreement.value).toBe(share);
    expect(found.largest).toBeUndefined();
  });
});

describe('no answer', () => {
  const original = floats([2, 1], 1, 2);

  test.each<[string, Tensor, number]>([
    ['no number', floats([2, 1], Number.NaN, 2), 1],
    ['an infinity', floats([2, 1], Infinity, 2), 1],
    ['another shape', floats([2, 2], 1, 1, 2, 2), 2],
    ['another datatype', tensor('FP64', [2, 1], Float64Array.of(1, 2)), 2],
  ])('is %s', (_, variant, rows) => {
    for (const same of ['near', 'class'] as const) {
      expect(
        tallied(same, original, variant, { columns: 1, ...(same === 'class' && { threshold: 0.5 }) }).unanswered,
      ).toBe(rows);
    }
  });

  test('is none where the original has no number either, and then it has to be the same', () => {
    const none = floats([3, 1], Number.NaN, Infinity, 2);
    const { unanswered, agreement } = tallied('near', none, floats([3, 1], Number.NaN, 5, 2));
    expect([unanswered, agreement.value]).toEqual([0, 2 / 3]);
  });

  test('is what a variant refuses', () => {
    const tally = new OutputTally({ output: 'y', index: 0, same: 'near', columns: 1 }, new ColumnSpread(1));
    tally.refuse(3);
    expect(tally.result()).toMatchObject({ rows: 3, unanswered: 3, agreement: { value: 0 } });
  });
});

describe('how an output is compared', () => {
  const manifest = (datatype: string, shape: readonly number[], name = 'y', labels?: readonly string[]) =>
    ({
      signature: { inputs: [], outputs: [{ name, datatype, shape }], unserved: [] },
      ...(labels && { labels: { [name]: labels } }),
    }) as unknown as Manifest;
  const scores: PredictionPlan = { kind: 'scores', output: 0, logits: true, classes: ['a', 'b'], named: false };

  test.each<[string, Manifest, PredictionPlan | undefined, Partial<Comparison>]>([
    ['probabilities', manifest('FP32', [-1, 3], 'probabilities'), undefined, { same: 'class', columns: 3 }],
    ['what has labels', manifest('FP32', [-1, 3], 'y', ['a', 'b', 'c']), undefined, { same: 'class' }],
    ['scores that the evaluation reads', manifest('FP32', [-1, 2]), scores, { same: 'class' }],
    ['a lone probability', manifest('FP32', [-1, 1], 'probability'), undefined, { same: 'class', threshold: 0.5 }],
    ['a lone logit', manifest('FP32', [-1, 1]), { ...scores, kind: 'probability' }, { same: 'class', threshold: 0 }],
    ['a number', manifest('FP32', [-1, 1]), { ...scores, kind: 'value' }, { same: 'near', columns: 1 }],
    ['numbers', manifest('FP32', [-1, 4]), undefined, { same: 'near', columns: 4 }],
    ['a picture', manifest('FP32', [-1, 3, 8, 8]), undefined, { same: 'near', columns: 1 }],
    ['a label', manifest('INT64', [-1]), undefined, { same: 'exact' }],
    ['texts', manifest('BYTES', [-1, 2]), undefined, { same: 'exact' }],
  ])('%s', (_, of, prediction, expected) => {
    expect(comparisonsOf(of, [], prediction)).toMatchObject([expected]);
  });
});
