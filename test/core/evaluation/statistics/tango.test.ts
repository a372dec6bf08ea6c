import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { criticalValue } from '#core/evaluation/statistics/interval.ts';
import { Random } from '#core/evaluation/statistics/random.ts';
import { nonInferiorityTest, type PairedCounts, tangoInterval } from '#core/evaluation/statistics/tango.ts';

const counts = fc
  .tuple(fc.integer({ min: 0, max: 60 }), fc.integer({ min: 0, max: 60 }), fc.integer({ min: 0, max: 500 }))
  .map(([gained, lost, agreed]): PairedCounts => ({ rows: gained + lost + agreed, gained, lost }))
  .filter(({ rows }) => rows > 0);
const alpha = fc.constantFrom(0.2, 0.1, 0.05, 0.01, 0.001);

describe('published examples', () => {
  test('disinfection of lenses (Tango 1998): 44 pairs, one lost, margin 0.1', () => {
    const { z, pValue } = nonInferiorityTest({ rows: 44, gained: 0, lost: 1 }, 0.1);
    expect(z).toBeCloseTo(1.709, 3);
    expect(pValue).toBeCloseTo(0.044, 3);
  });

  test('airways before and after a transplant (Fagerland, Lydersen and Laake 2013, table 4)', () => {
    const { difference, low, high } = tangoInterval({ rows: 21, gained: 1, lost: 7 });
    expect(difference).toBeCloseTo(-0.286, 3);
    expect(low).toBeCloseTo(-0.517, 3);
    expect(high).toBeCloseTo(-0.026, 3);
  });
});

describe('edges', () => {
  test.each([1, 10, 1000])('with no discordant row of %i, it is z^2 / (n + z^2) to both sides', (rows) => {
    const { difference, low, high } = tangoInterval({ rows, gained: 0, lost: 0 });
    const z2 = criticalValue(0.05) ** 2;
    expect(difference).toBe(0);
    expect(low).toBeCloseTo(-z2 / (rows + z2), 12);
    expect(high).toBeCloseTo(z2 / (rows + z2), 12);
  });

  test('with nothing but gains, it ends at 1, and begins where Wilson does', () => {
    const { low, high } = tangoInterval({ rows: 30, gained: 30, lost: 0 });
    expect(high).toBe(1);
    expect(low).toBeGreaterThan(0.7);
  });

  test('of no rows it is anything, and nothing is shown', () => {
    expect(tangoInterval({ rows: 0, gained: 0, lost: 0 })).toEqual({ difference: Number.NaN, low: -1, high: 1 });
    expect(nonInferiorityTest({ rows: 0, gained: 0, lost: 0 }, 0.1)).toEqual({ z: 0, pValue: 1 });
  });

  test('a margin of nothing, of models that never differ, shows nothing', () => {
    expect(nonInferiorityTest({ rows: 100, gained: 0, lost: 0 }, 0)).toEqual({ z: 0, pValue: 0.5 });
  });
});

describe('properties', () => {
  test('it holds the difference, and stays within -1 and 1', () => {
    fc.assert(
      fc.property(counts, alpha, (seen, alpha) => {
        const { difference, low, high } = tangoInterval(seen, alpha);
        expect(low).toBeGreaterThanOrEqual(-1);
        expect(low).toBeLessThanOrEqual(difference);
        expect(high).toBeGreaterThanOrEqual(difference);
        expect(high).toBeLessThanOrEqual(1);
      }),
    );
  });

  test('the other way round it is the same, with the other sign', () => {
    fc.assert(
      fc.property(counts, alpha, ({ rows, gained, lost }, alpha) => {
        const one = tangoInterval({ rows, gained, lost }, alpha);
        const other = tangoInterval({ rows, gained: lost, lost: gained }, alpha);
        expect(other.low).toBeCloseTo(-one.high, 10);
        expect(other.high).toBeCloseTo(-one.low, 10);
      }),
    );
  });

  test('the test rejects at alpha just where the interval of 2 alpha begins above the margin', () => {
    fc.assert(
      fc.property(counts, fc.double({ min: 0.001, max: 0.5, noNaN: true }), alpha, (seen, margin, alpha) => {
        const { low } = tangoInterval(seen, 2 * alpha);
        fc.pre(Math.abs(low + margin) > 1e-9);
        expect(nonInferiorityTest(seen, margin).pValue < alpha).toBe(low > -margin);
      }),
    );
  });

  test('a lower alpha gives a wider one', () => {
    fc.assert(
      fc.property(counts, (seen) => {
        const [narrow, wide] = [tangoInterval(seen, 0.1), tangoInterval(seen, 0.01)];
        expect(wide.low).toBeLessThanOrEqual(narrow.low);
        expect(wide.high).toBeGreaterThanOrEqual(narrow.high);
      }),
    );
  });
});

describe('simulated', () => {
  const sampled = (random: Random, rows: number, gain: number, loss: number): PairedCounts => {
    const gained = random.binomial(rows, gain);
    return { rows, gained, lost: random.binomial(rows - gained, loss / (1 - gain)) };
  };
  const RUNS = 4000;

  test.each([
    [50, 0.1, 0.1],
    [200, 0.02, 0.05],
    [1000, 0.01, 0.01],
    [5000, 0.03, 0.02],
  ])('%i rows with shares %d and %d: nineteen intervals of twenty hold the truth', (rows, gain, loss) => {
    const random = new Random(5);
    let held = 0;
    for (let run = 0; run < RUNS; run++) {
      const { low, high } = tangoInterval(sampled(random, rows, gain, loss));
      if (low <= gain - loss && gain - loss <= high) held++;
    }
    // Three standard errors; and the counts are whole numbers, which alone makes it uneven.
    expect(Math.abs(held / RUNS - 0.95)).toBeLessThan(0.0105 + 0.01);
  });

  test('a challenger worse by the margin passes in at most alpha of the runs', () => {
    const random = new Random(6);
    let passed = 0;
    for (let run = 0; run < RUNS; run++) {
      if (nonInferiorityTest(sampled(random, 1000, 0.02, 0.05), 0.03).pValue <= 0.05) passed++;
    }
    expect(passed / RUNS).toBeLessThan(0.05 + 3 * Math.sqrt((0.05 * 0.95) / RUNS));
    expect(passed / RUNS).toBeGreaterThan(0.03);
  });
});
