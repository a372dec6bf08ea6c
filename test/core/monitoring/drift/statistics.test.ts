import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Random } from '#core/evaluation/statistics/random.ts';
import { cellsOf, chiSquared } from '#core/monitoring/drift/statistics/chi-squared.ts';
import {
  binned,
  decileEdges,
  jensenShannon,
  populationStabilityIndex,
} from '#core/monitoring/drift/statistics/distances.ts';
import { falseDiscoveryControl } from '#core/monitoring/drift/statistics/false-discovery.ts';
import { differenceTail, kolmogorovSmirnov } from '#core/monitoring/drift/statistics/kolmogorov-smirnov.ts';
import { kolmogorovTail } from '#core/monitoring/drift/statistics/kolmogorov.ts';
import { numbersOf } from './profiles.ts';

const samples = fc
  .array(fc.integer({ min: -5, max: 5 }), { minLength: 1, maxLength: 30 })
  .map((values) => Float64Array.from(values).sort());

describe('Kolmogorov and Smirnov', () => {
  test('the statistic is the largest difference at any value', () => {
    const below = (sample: Float64Array, value: number) => sample.filter((one) => one <= value).length / sample.length;
    fc.assert(
      fc.property(samples, samples, (first, second) => {
        const largest = Math.max(...[...first, ...second].map((at) => Math.abs(below(first, at) - below(second, at))));
        expect(kolmogorovSmirnov(first, second).statistic).toBeCloseTo(largest, 12);
      }),
    );
  });

  test('either way round, it is the same', () => {
    fc.assert(
      fc.property(samples, samples, (first, second) => {
        const [one, other] = [kolmogorovSmirnov(first, second), kolmogorovSmirnov(second, first)];
        expect(one.statistic).toBeCloseTo(other.statistic, 12);
        expect(one.pValue).toBeCloseTo(other.pValue, 12);
      }),
    );
  });

  test('the chance of it is what it is counted to be: of all ways to share four values out', () => {
    // Of 6, 2 are wholly apart; of the other 4 the largest difference is a half.
    expect(differenceTail(2, 2, 1)).toBeCloseTo(2 / 6, 12);
    expect(differenceTail(2, 2, 0.5)).toBe(1);
    expect(differenceTail(2, 2, 0)).toBe(1);
  });

  test('is the less likely the larger it is, and where few become many', () => {
    for (const [m, n] of [
      [200, 460],
      [200, 480],
      [4096, 4096],
    ] as const) {
      const tails = Array.from({ length: 60 }, (_, index) => differenceTail(m, n, index / 60));
      expect(tails.toSorted((a, b) => b - a)).toEqual(tails);
    }
    expect(differenceTail(280, 280, 0.1) / differenceTail(281, 281, 0.1)).toBeCloseTo(1, 0);
    expect([kolmogorovTail(500, 0), kolmogorovTail(500, 1), kolmogorovTail(4000, 0.5)]).toEqual([1, 0, 0]);
  });
});

describe('chi-squared', () => {
  const cells = (first: number[], second: number[]) => cellsOf(new Map(first.entries()), new Map(second.entries()));

  test('rare categories are put together, until enough are to be expected', () => {
    expect(chiSquared(cells([500, 480, 10, 6, 4], [250, 240, 4, 3, 3])).cells).toEqual([
      [500, 250],
      [480, 240],
      [20, 10],
    ]);
    // All the rare ones are still too few: the next one goes with them.
    expect(chiSquared(cells([500, 40, 2, 1], [250, 20, 1, 0])).cells).toEqual([
      [500, 250],
      [43, 21],
    ]);
    expect(chiSquared(cells([100_000], [95, 5])).cells).toEqual([
      [100_000, 95],
      [0, 5],
    ]);
  });

  test('one category says nothing', () => {
    expect(chiSquared(cells([10], [20]))).toMatchObject({ statistic: 0, degrees: 0, pValue: 1 });
    expect(chiSquared(cells([10, 0], [20, 0]))).toMatchObject({ degrees: 0, pValue: 1 });
  });
});

describe('distances', () => {
  test('are none of the same shares, and null of nothing', () => {
    const same = [
      [10, 20],
      [30, 60],
    ] as const;
    expect([populationStabilityIndex(same), jensenShannon(same)]).toEqual([0, 0]);
    expect([populationStabilityIndex([[0, 5]]), jensenShannon([[5, 0]])]).toEqual([null, null]);
  });

  test('of what has nothing in common are the largest', () => {
    const apart = [
      [10, 0],
      [0, 10],
    ] as const;
    expect(jensenShannon(apart)).toBeCloseTo(Math.sqrt(Math.log(2)), 12);
    expect(populationStabilityIndex(apart)).toBeCloseTo(2 * (1 - 0.0001) * Math.log(10_000), 12);
  });

  test('every value is in one of the bins', () => {
    fc.assert(
      fc.property(samples, samples, (first, second) => {
        const bins = binned(decileEdges(first), first, second);
        expect(bins.reduce((sum, [a]) => sum + a, 0)).toBe(first.length);
        expect(bins.reduce((sum, [, b]) => sum + b, 0)).toBe(second.length);
        expect(bins.every(([a, b]) => a >= 0 && b >= 0)).toBe(true);
      }),
    );
  });

  test('tenths of a hundred', () => {
    const hundred = Float64Array.from({ length: 100 }, (_, index) => index);
    expect(decileEdges(hundred)).toEqual([10, 20, 30, 40, 50, 60, 70, 80, 90]);
    expect(binned(decileEdges(hundred), hundred, hundred)).toEqual(Array.from({ length: 10 }, () => [10, 10]));
    expect(decileEdges(new Float64Array(50))).toEqual([0]);
  });
});

test('adjusted p-values are in the order of the p-values, and no smaller', () => {
  fc.assert(
    fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 40 }), (pValues) => {
      const adjusted = falseDiscoveryControl(pValues);
      expect(adjusted.every((value, index) => value >= pValues[index]! * (1 - 1e-12) && value <= 1)).toBe(true);
      const inOrder = pValues.map((_, index) => index).sort((a, b) => pValues[a]! - pValues[b]!);
      const sorted = inOrder.map((index) => adjusted[index]!);
      expect(sorted.toSorted((a, b) => a - b)).toEqual(sorted);
    }),
  );
});

test('of large samples the sketch is off by what Dvoretzky, Kiefer and Wolfowitz allow', () => {
  const random = new Random(11);
  const [first, second] = [0, 0.05].map((shift) => Array.from({ length: 60_000 }, () => random.uniform() + shift));
  const exact = kolmogorovSmirnov(Float64Array.from(first!).sort(), Float64Array.from(second!).sort()).statistic;
  const sketched = kolmogorovSmirnov(numbersOf(first!, 'x', 'a').sorted(), numbersOf(second!, 'x', 'b').sorted());
  // Of both samples, surer than one in a thousand.
  const bound = 2 * Math.sqrt(Math.log(2 / 0.0005) / (2 * 4096));
  expect(Math.abs(sketched.statistic - exact)).toBeLessThan(bound);
  expect(sketched.statistic).not.toBe(exact);
});
