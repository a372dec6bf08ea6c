import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Latencies, QUANTILE_ERROR } from '#core/monitoring/latencies.ts';
import { binomialCdf } from '#core/evaluation/statistics/beta.ts';
import { bucketsOf, quantileInterval, quantileOf, quantileRatio } from '#core/evaluation/statistics/quantiles.ts';
import { Random } from '#core/evaluation/statistics/random.ts';

const even = (count: number, most: number) =>
  bucketsOf(Array.from({ length: count }, (_, index) => (most * (index + 1)) / count));
const exponential = (random: Random, count: number, mean: number) =>
  Array.from({ length: count }, () => -mean * Math.log(1 - random.uniform()));
const buckets = fc.array(
  fc.record({ endMs: fc.integer({ min: 1, max: 500 }), count: fc.integer({ min: 0, max: 40 }) }),
  { minLength: 1, maxLength: 40 },
);

test('a quantile is the value at its rank, in whatever order the buckets come', () => {
  expect(quantileOf(bucketsOf([5, 1, 3]), 0.5)).toBe(3);
  expect(
    quantileOf(
      [
        { endMs: 9, count: 1 },
        { endMs: 2, count: 99 },
      ],
      0.99,
    ),
  ).toBe(2);
  expect(
    quantileOf(
      [
        { endMs: 9, count: 1 },
        { endMs: 2, count: 99 },
      ],
      1,
    ),
  ).toBe(9);
  expect(quantileOf([], 0.5)).toBeNaN();
});

describe('the interval of a quantile', () => {
  test('has ends that are order statistics, with the confidence of the sign test', () => {
    const { value, low, high } = quantileInterval(even(100, 100), 0.5);
    expect(value).toBe(50);
    expect(binomialCdf(low - 1, 100, 0.5)).toBeLessThan(0.04);
    expect(1 - binomialCdf(high - 1, 100, 0.5)).toBeLessThan(0.04);
    expect([low, high]).toEqual([40, 61]);
  });

  test('does not end where too little was seen to know', () => {
    expect(quantileInterval(even(100, 1), 0.99).high).toBe(Infinity);
    expect(quantileInterval(even(1000, 1), 0.99).high).toBeLessThan(1);
    expect(quantileInterval([], 0.5)).toEqual({ value: Number.NaN, low: 0, high: Infinity });
  });

  test.each([
    [0.5, 0.1],
    [0.5, 0.2],
    [0.9, 0.1],
    [0.99, 0.1],
    [0.99, 0.2],
  ])(
    'of %d misses neither end more often than it says, whatever the number of values, reckoned exactly: %d',
    (q, alpha) => {
      let passes = 0;
      for (let n = 5; n <= 700; n += n < 60 ? 1 : 7) {
        const ends = (over: number) =>
          quantileInterval(
            [
              { endMs: 1, count: n - over },
              { endMs: 2, count: over },
            ],
            q,
            alpha,
          );
        // The true quantile is just over 1: a share q of the values, less a little, is 1.
        let most = -1;
        while (most < n && ends(most + 1).high <= 1) most++;
        const tooLow = most < 0 ? 0 : binomialCdf(most, n, 1 - q);
        expect(tooLow).toBeLessThanOrEqual(alpha / 2 + 1e-12);
        if (tooLow > 0) passes++;
        // The true quantile is just 1.
        let least = n + 1;
        while (least > 0 && ends(least - 1).low > 1) least--;
        const tooHigh = least > n ? 0 : 1 - binomialCdf(least - 1, n, 1 - q);
        expect(tooHigh).toBeLessThanOrEqual(alpha / 2 + 1e-12);
      }
      expect(passes).toBeGreaterThan(10);
    },
  );

  test('of the 99th percentile ends with 299 values at 95 %, and not with one less', () => {
    expect(quantileInterval(even(298, 1), 0.99, 0.1).high).toBe(Infinity);
    expect(quantileInterval(even(299, 1), 0.99, 0.1).high).toBe(1);
  });

  test('holds the quantile', () => {
    fc.assert(
      fc.property(buckets, fc.double({ min: 0.01, max: 0.99, noNaN: true }), (all, q) => {
        fc.pre(all.some(({ count }) => count > 0));
        const { value, low, high } = quantileInterval(all, q);
        expect(low).toBeLessThanOrEqual(value);
        expect(high).toBeGreaterThanOrEqual(value);
      }),
    );
  });

  test.each([
    [40, 0.5],
    [300, 0.9],
    [600, 0.98],
  ])('of %i values holds the true quantile %d nineteen times of twenty', (count, q) => {
    const random = new Random(9);
    const truth = -Math.log(1 - q);
    const runs = 1000;
    let held = 0;
    for (let run = 0; run < runs; run++) {
      const { low, high } = quantileInterval(bucketsOf(exponential(random, count, 1)), q);
      if (low <= truth && truth <= high) held++;
    }
    expect(held / runs).toBeGreaterThan(0.95 - 0.021);
    expect(held / runs).toBeLessThan(0.95 + 0.021 + 0.02);
  });
});

describe('the ratio of two quantiles', () => {
  test('is the other way round one by it', () => {
    fc.assert(
      fc.property(buckets, buckets, (a, b) => {
        fc.pre([a, b].every((side) => side.some(({ count }) => count > 0)));
        const [one, other] = [quantileRatio(a, b, 0.5), quantileRatio(b, a, 0.5)];
        expect(other.ratio).toBeCloseTo(1 / one.ratio, 10);
        expect(one.low).toBeLessThanOrEqual(one.ratio * (1 + 1e-6));
        expect(one.high).toBeGreaterThanOrEqual(one.ratio * (1 - 1e-6));
        expect(one.low === 0).toBe(other.high === Infinity);
      }),
      { numRuns: 60 },
    );
  });

  test('scales with either side', () => {
    const [one, half] = [
      quantileRatio(even(500, 3), even(800, 1), 0.9),
      quantileRatio(even(500, 3), even(800, 2), 0.9),
    ];
    for (const key of ['ratio', 'low', 'high'] as const) expect(half[key]).toBeCloseTo(one[key] / 2, 8);
  });

  test('can be anything where both sides have too little', () => {
    expect(quantileRatio(even(50, 1), even(50, 1), 0.99)).toMatchObject({ low: 0, high: Infinity });
    expect(quantileRatio([], even(50, 1), 0.5)).toEqual({ ratio: Number.NaN, low: 0, high: Infinity });
  });

  test('has no end above where the first has too little, and none below where the second has', () => {
    expect(quantileRatio(even(50, 1), even(5000, 1), 0.99)).toMatchObject({ high: Infinity });
    expect(quantileRatio(even(50, 1), even(5000, 1), 0.99).low).toBeGreaterThan(0.5);
    expect(quantileRatio(even(5000, 1), even(50, 1), 0.99).low).toBe(0);
  });

  test('of latencies in log buckets is that of the times themselves, within two buckets', () => {
    const random = new Random(2);
    const [a, b] = [exponential(random, 3000, 12), exponential(random, 30_000, 10)];
    const inBuckets = (times: readonly number[]) => {
      const latencies = new Latencies();
      for (const ms of times) latencies.record(ms);
      return latencies.entries();
    };
    const [rough, exact] = [
      quantileRatio(inBuckets(a), inBuckets(b), 0.99),
      quantileRatio(bucketsOf(a), bucketsOf(b), 0.99),
    ];
    for (const key of ['ratio', 'low', 'high'] as const) {
      expect(Math.abs(rough[key] / exact[key] - 1)).toBeLessThan(4.5 * QUANTILE_ERROR);
    }
  });

  test.each([
    [60, 60, 0.5],
    [150, 600, 0.9],
  ])('of %i and %i values holds the true ratio of the quantiles %d nineteen times of twenty', (first, second, q) => {
    const random = new Random(4);
    const runs = 600;
    let held = 0;
    for (let run = 0; run < runs; run++) {
      const { low, high } = quantileRatio(
        bucketsOf(exponential(random, first, 1.3)),
        bucketsOf(exponential(random, second, 1)),
        q,
      );
      if (low <= 1.3 && 1.3 <= high) held++;
    }
    expect(held / runs).toBeGreaterThan(0.95 - 0.027);
    expect(held / runs).toBeLessThan(0.95 + 0.035);
  });
});
