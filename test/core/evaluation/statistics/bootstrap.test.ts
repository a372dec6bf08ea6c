import { describe, expect, test } from 'vitest';
import {
  bootstrapInterval,
  replicatesOf,
  type Resampling,
  scaledInterval,
} from '#core/evaluation/statistics/bootstrap.ts';
import { Random } from '#core/evaluation/statistics/random.ts';

const ratioOf = (values: readonly number[]) => (counts: Int32Array) => {
  let [sum, all] = [0, 0];
  for (const [unit, times] of counts.entries()) {
    sum += times * (values[unit] as number);
    all += times;
  }
  return sum / all;
};
const meanOf = (values: readonly number[]): Resampling => ({
  counts: new Int32Array(values.length).fill(1),
  statistic: ratioOf(values),
});
const normal = (random: Random): number =>
  Math.sqrt(-2 * Math.log(1 - random.uniform())) * Math.cos(2 * Math.PI * random.uniform());
const sample = (seed: number, count: number) => {
  const random = new Random(seed);
  return Array.from({ length: count }, () => normal(random));
};

test('the same seed gives the same interval, another one nearly', () => {
  const mean = meanOf(sample(1, 100));
  const [a, b, c] = [7, 7, 8].map((seed) => bootstrapInterval(mean, { seed }));
  expect(a).toEqual(b);
  expect(a).not.toEqual(c);
  expect(Math.abs((a?.low ?? 0) - (c?.low ?? 1))).toBeLessThan(0.05);
});

test('the interval of a mean is that of the normal distribution, nearly', () => {
  const values = sample(2, 1000);
  const mean = values.reduce((sum, value) => sum + value, 0) / 1000;
  const error = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 999 / 1000);
  const found = bootstrapInterval(meanOf(values), { replicates: 10_000 });
  expect(found?.low).toBeCloseTo(mean - 1.96 * error, 2);
  expect(found?.high).toBeCloseTo(mean + 1.96 * error, 2);
});

test('the interval of a skewed mean leans to its tail, as the accelerated one shall', () => {
  const random = new Random(3);
  const values = Array.from({ length: 60 }, () => -Math.log(1 - random.uniform()));
  const mean = values.reduce((sum, value) => sum + value, 0) / 60;
  const { low = 0, high = 0 } = bootstrapInterval(meanOf(values), { replicates: 10_000 }) ?? {};
  expect((high - mean) / (mean - low)).toBeGreaterThan(1.15);
});

test('units that were seen several times are drawn as if they were as many units', () => {
  const apart = meanOf(Array.from({ length: 300 }, (_, unit) => (unit < 40 ? 1 : 0)));
  const together: Resampling = { counts: Int32Array.of(40, 260), statistic: ratioOf([1, 0]) };
  const [a, b] = [apart, together].map((given) => bootstrapInterval(given, { replicates: 20_000 }));
  expect(a?.low).toBeCloseTo(b?.low ?? 0, 2);
  expect(a?.high).toBeCloseTo(b?.high ?? 0, 2);
});

describe('replicates', () => {
  test('are 2000, and more where alpha asks for it', () => {
    expect(replicatesOf({})).toBe(2000);
    expect(replicatesOf({ alpha: 0.002 })).toBe(10_000);
    expect(replicatesOf({ alpha: 0.002, replicates: 50 })).toBe(50);
  });

  test('without a number are left out if they are few; else nothing is said', () => {
    const first = (share: number): Resampling => ({
      counts: new Int32Array(100).fill(1),
      // P(unit 0 is not drawn) is 0.37, of three units one not drawn 0.05 for all.
      statistic: (counts) =>
        counts.slice(0, share).every((times) => times === 0) ? Number.NaN : 1 + (counts[50] as number),
    });
    expect(bootstrapInterval(first(1), {})).toBeUndefined();
    expect(bootstrapInterval(first(3), {})).toBeDefined();
  });
});

test('where nothing varies, it has no width', () => {
  expect(bootstrapInterval(meanOf([3, 3, 3]), {})).toEqual({ low: 3, high: 3 });
  expect(bootstrapInterval(meanOf([3]), {})).toEqual({ low: 3, high: 3 });
});

test('of a part it is scaled to all, and lies around the value of all', () => {
  const part = meanOf(sample(4, 400));
  const own = bootstrapInterval(part, { replicates: 10_000 });
  const scaled = scaledInterval(part, 10, 0.5, { replicates: 10_000 });
  expect(((scaled?.high ?? 0) - (scaled?.low ?? 0)) / ((own?.high ?? 0) - (own?.low ?? 0))).toBeCloseTo(0.5, 1);
  expect(((scaled?.high ?? 0) + (scaled?.low ?? 0)) / 2).toBeCloseTo(10, 1);
});

test('nineteen intervals of twenty hold the true mean', () => {
  const runs = 400;
  let held = 0;
  for (let run = 0; run < runs; run++) {
    const { low = 1, high = 0 } =
      bootstrapInterval(meanOf(sample(1000 + run, 60)), { seed: run, replicates: 600 }) ?? {};
    if (low <= 0 && 0 <= high) held++;
  }
  // Three standard errors, and a little for so few values.
  expect(held / runs).toBeGreaterThan(0.95 - 0.033 - 0.01);
  expect(held / runs).toBeLessThan(0.95 + 0.033);
});
