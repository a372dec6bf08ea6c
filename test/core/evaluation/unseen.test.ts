import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { interval } from '#core/evaluation/interval.ts';
import { pairedDifference } from '#core/evaluation/paired-difference.ts';
import type { EvaluatedRows } from '#core/evaluation/rows.ts';
import { sumMetric } from '#core/evaluation/sum-metrics.ts';
import { unseenInterval, unseenShare } from '#core/evaluation/unseen.ts';

/** Targets 0, and errors of both models. */
const off = (challenger: readonly number[], champion: readonly number[] = challenger): EvaluatedRows => ({
  task: 'regression',
  count: challenger.length,
  classes: [],
  truth: new Float64Array(challenger.length),
  challenger: { predicted: Float64Array.from(challenger) },
  champion: { predicted: Float64Array.from(champion) },
  slices: {},
});

const unseen = (name: string, rows: EvaluatedRows, sides: readonly ('challenger' | 'champion')[], alpha: number) =>
  unseenInterval(
    sides.map((side) => sumMetric(name, rows, rows[side]!)!),
    rows.count,
    alpha,
  );

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

test('the share that is not seen is the rule of three', () => {
  expect(unseenShare(300, 0.05)).toBeCloseTo(3 / 300, 3);
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 5000 }), fc.double({ min: 1e-4, max: 0.2, noNaN: true }), (rows, alpha) => {
      expect((1 - unseenShare(rows, alpha)) ** rows).toBeCloseTo(alpha, 9);
    }),
  );
});

describe('what unseen rows leave possible', () => {
  const errors = [1, 2, 3, 10];
  const share = unseenShare(4, 0.05);

  test('of one model is the metric where the share is as its best row, and as its worst', () => {
    const { low, high } = unseen('mean_absolute_error', off(errors), ['challenger'], 0.1);
    expect(low).toBeCloseTo((1 - share) * 4 + share * 1, 12);
    expect(high).toBeCloseTo((1 - share) * 4 + share * 10, 12);
    const squares = errors.map((error) => error ** 2);
    const rmse = unseen('root_mean_squared_error', off(errors), ['challenger'], 0.1);
    expect(rmse.high).toBeCloseTo(Math.sqrt((1 - share) * mean(squares) + share * 100), 12);
  });

  test('of two models is the worst of one beside the best of the other', () => {
    const champion = [1, 1, 1, 2];
    const { low, high } = unseen('mean_absolute_error', off(errors, champion), ['challenger', 'champion'], 0.1);
    expect(high).toBeCloseTo((1 - share) * (4 - 1.25) + share * (10 - 1), 12);
    expect(low).toBeCloseTo((1 - share) * (4 - 1.25) + share * (1 - 2), 12);
  });

  test.each(['mean_absolute_error', 'root_mean_squared_error', 'r2', 'mean_absolute_percentage_error'])(
    'of %s holds what was seen, and is the narrower the more rows there are',
    (name) => {
      const of = (rows: number) => {
        const errors = Array.from({ length: rows }, (_, row) => 1 + (row % 4));
        const truth = Float64Array.from(errors, (_, row) => 5 + (row % 3));
        const shifted = { ...off(errors), truth, challenger: { predicted: truth.map((at, row) => at + errors[row]!) } };
        const { low, high } = unseen(name, shifted, ['challenger'], 0.1);
        const { value } = interval(name, shifted, 'challenger', { replicates: 50 });
        expect(low).toBeLessThan(value!);
        expect(high).toBeGreaterThan(value!);
        return high - low;
      };
      expect(of(1200)).toBeLessThan(of(120) / 5);
    },
  );
});

describe('an interval of a metric without an end is never nearer', () => {
  const alpha = 0.1;

  test.each(['mean_absolute_error', 'root_mean_squared_error', 'mean_absolute_percentage_error'])(
    'of one model: %s',
    (name) => {
      const rows = off(Array.from({ length: 400 }, (_, row) => (row === 0 ? 40 : 1)));
      const [found, least] = [interval(name, rows, 'challenger', { alpha }), unseen(name, rows, ['challenger'], alpha)];
      expect(found.high!).toBeGreaterThanOrEqual(least.high);
      expect(found.low!).toBeLessThanOrEqual(least.low);
    },
  );

  test('of two that are the very same: a bootstrap alone would know no doubt', () => {
    const rows = off(Array.from({ length: 400 }, (_, row) => 1 + (row % 3)));
    const { difference, low, high } = pairedDifference('mean_absolute_error', rows, { alpha });
    expect(difference).toBe(0);
    expect(high).toBeCloseTo(unseenShare(400, 0.05) * (3 - 1), 12);
    expect(low).toBeCloseTo(-high!, 12);
  });

  test('one row of a hundred that is far off is not taken for the only one there is', () => {
    const errors = Array.from({ length: 100 }, (_, row) => (row === 7 ? 50 : 0.5));
    const { high } = pairedDifference('mean_absolute_error', off(errors, Array(100).fill(0.5)), { alpha });
    expect(high!).toBeGreaterThan(50 * unseenShare(100, 0.05));
  });

  test('a metric with an end is as it was', () => {
    const labels = Int32Array.from({ length: 50 }, (_, row) => row % 2);
    const rows: EvaluatedRows = {
      task: 'classification',
      count: 50,
      classes: ['a', 'b'],
      truth: labels,
      challenger: { predicted: labels },
      slices: {},
    };
    expect(interval('f1_macro', rows, 'challenger')).toMatchObject({ low: 1, high: 1 });
  });
});
