import { describe, expect, test } from 'vitest';
import { interval } from '#core/evaluation/interval.ts';
import type { EvaluatedRows } from '#core/evaluation/rows.ts';
import { Random } from '#core/evaluation/statistics/random.ts';
import { studentisedInterval } from '#core/evaluation/studentised.ts';
import { sumMetric } from '#core/evaluation/sum-metrics.ts';

const off = (challenger: readonly number[], champion: readonly number[] = challenger): EvaluatedRows => ({
  task: 'regression',
  count: challenger.length,
  classes: [],
  truth: new Float64Array(challenger.length),
  challenger: { predicted: Float64Array.from(challenger) },
  champion: { predicted: Float64Array.from(champion) },
  slices: {},
});

const MAE = 'mean_absolute_error';
const studentised = (
  name: string,
  rows: EvaluatedRows,
  sides: readonly ('challenger' | 'champion')[],
  options: object,
) =>
  studentisedInterval(
    sides.map((side) => sumMetric(name, rows, rows[side]!)!),
    rows.count,
    options,
  );

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const errorOf = (values: readonly number[]) => {
  const middle = mean(values);
  const squares = values.reduce((sum, value) => sum + (value - middle) ** 2, 0);
  return Math.sqrt(squares / (values.length - 1) / values.length);
};
const exponential = (random: Random, count: number) =>
  Array.from({ length: count }, () => -Math.log(1 - random.uniform()));

describe('the studentised interval', () => {
  /** As a textbook has it for a mean, with its standard error, from the same draws. */
  function expected(values: readonly number[], replicates: number, alpha: number) {
    const random = new Random(1);
    const [middle, error] = [mean(values), errorOf(values)];
    const ts = Array.from({ length: replicates }, () => {
      const drawn = Array.from(values, () => values[random.below(values.length)]!);
      return (mean(drawn) - middle) / errorOf(drawn);
    }).sort((a, b) => a - b);
    const beyond = Math.floor((alpha / 2) * (replicates + 1));
    return { low: middle - error * ts[replicates - beyond]!, high: middle - error * ts[beyond - 1]! };
  }

  const losses = exponential(new Random(5), 40);
  const others = exponential(new Random(6), 40);

  test("of a mean is the textbook's", () => {
    const found = studentised(MAE, off(losses), ['challenger'], { alpha: 0.1, replicates: 499 });
    const { low, high } = expected(losses, 499, 0.1);
    expect(found?.low).toBeCloseTo(low, 9);
    expect(found?.high).toBeCloseTo(high, 9);
  });

  test("of the difference of two means is that of the rows' differences", () => {
    const found = studentised(MAE, off(losses, others), ['challenger', 'champion'], { alpha: 0.1, replicates: 499 });
    const { low, high } = expected(
      losses.map((loss, row) => loss - others[row]!),
      499,
      0.1,
    );
    expect(found?.low).toBeCloseTo(low, 9);
    expect(found?.high).toBeCloseTo(high, 9);
  });

  test('reaches further to the side of the large losses', () => {
    for (const name of [MAE, 'root_mean_squared_error']) {
      const { low, high } = studentised(name, off(losses), ['challenger'], { alpha: 0.1 })!;
      const { value } = interval(name, off(losses), 'challenger');
      expect(high - value!).toBeGreaterThan(1.1 * (value! - low));
    }
  });

  test('is none where nearly all rows are alike', () => {
    const one = off(Array.from({ length: 40 }, (_, row) => (row === 0 ? 5 : 1)));
    expect(studentised(MAE, one, ['challenger'], {})).toBeUndefined();
    expect(studentised(MAE, off([1, 1, 1]), ['challenger'], {})).toBeUndefined();
  });
});

test('with few rows the interval of an error is never nearer than it, and with many it is left out', () => {
  const ends = (count: number) => {
    const rows = off(exponential(new Random(8), count));
    const found = interval(MAE, rows, 'challenger', { alpha: 0.1 });
    return { high: found.high!, studentised: studentised(MAE, rows, ['challenger'], { alpha: 0.1 })!.high };
  };
  for (const count of [59, 120, 299]) expect(ends(count).high).toBeGreaterThanOrEqual(ends(count).studentised);
});

test('an upper end of sixty exponential losses is missed no more often than it says', () => {
  const random = new Random(2);
  const runs = 300;
  let missed = 0;
  for (let run = 0; run < runs; run++) {
    const { high } = interval(MAE, off(exponential(random, 60)), 'challenger', { alpha: 0.1, replicates: 400 });
    if (high! < 1) missed++;
  }
  // Three standard errors over a twentieth.
  expect(missed / runs).toBeLessThan(0.05 + 0.038);
});
