import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { binomialCdf } from '#core/evaluation/statistics/beta.ts';
import { mcnemar } from '#core/evaluation/statistics/mcnemar.ts';
import { proportionDifference, proportionRatio } from '#core/evaluation/statistics/proportion-difference.ts';
import { clopperPearson, type Share, wilson } from '#core/evaluation/statistics/proportions.ts';

const share = fc
  .tuple(fc.integer({ min: 1, max: 300 }), fc.double({ min: 0, max: 1, noNaN: true }))
  .map(([trials, part]): Share => ({ trials, events: Math.round(part * trials) }));
const some = share.map(({ events, trials }) => ({ trials, events: Math.max(1, events) }));
const of = (events: number, trials: number): Share => ({ events, trials });

describe.each([
  ['Wilson', wilson],
  ['Clopper and Pearson', clopperPearson],
])('the interval of %s', (_, interval) => {
  test('holds the share, stays within 0 and 1, and is reached at the edges', () => {
    fc.assert(
      fc.property(share, ({ events, trials }) => {
        const { low, high } = interval({ events, trials });
        expect(low).toBeGreaterThanOrEqual(0);
        expect(low).toBeLessThanOrEqual(events / trials);
        expect(high).toBeGreaterThanOrEqual(events / trials);
        expect(high).toBeLessThanOrEqual(1);
        if (events === 0) expect(low).toBe(0);
        if (events === trials) expect(high).toBe(1);
      }),
    );
  });

  test('of failures is that of successes from the other side', () => {
    fc.assert(
      fc.property(share, ({ events, trials }) => {
        const [one, other] = [interval({ events, trials }), interval({ events: trials - events, trials })];
        expect(other.low).toBeCloseTo(1 - one.high, 10);
        expect(other.high).toBeCloseTo(1 - one.low, 10);
      }),
    );
  });

  test('of nothing tried is anything', () => expect(interval(of(0, 0))).toEqual({ low: 0, high: 1 }));
});

test('Clopper and Pearson end where the binomial tail is alpha / 2', () => {
  const { low, high } = clopperPearson(of(7, 40), 0.1);
  expect(1 - binomialCdf(6, 40, low)).toBeCloseTo(0.05, 10);
  expect(binomialCdf(7, 40, high)).toBeCloseTo(0.05, 10);
});

test('no errors in 300 tries: Clopper and Pearson say less than 1 - 0.025^(1/300)', () => {
  expect(clopperPearson(of(0, 300)).high).toBeCloseTo(1 - 0.025 ** (1 / 300), 12);
});

describe("McNemar's test", () => {
  test('of no discordant rows shows nothing', () => {
    expect(mcnemar({ gained: 0, lost: 0 })).toEqual({ exact: 1, midP: 1, betterExact: 1, betterMidP: 0.5 });
  });

  test('of five gains and no loss', () => {
    const { exact, midP, betterExact, betterMidP } = mcnemar({ gained: 5, lost: 0 });
    expect([exact, midP, betterExact, betterMidP].map((p) => Math.round(p * 64e9) / 1e9)).toEqual([4, 2, 2, 1]);
  });

  test('is the same for who wins, and says who is better', () => {
    fc.assert(
      fc.property(fc.nat(80), fc.nat(80), (gained, lost) => {
        const [one, other] = [mcnemar({ gained, lost }), mcnemar({ gained: lost, lost: gained })];
        expect(one.exact).toBe(other.exact);
        expect(one.betterMidP + other.betterMidP).toBeCloseTo(1, 10);
        expect(one.betterMidP).toBeLessThanOrEqual(one.betterExact);
        if (gained !== lost) expect(one.betterMidP < other.betterMidP).toBe(gained > lost);
      }),
    );
  });
});

describe('the difference of two proportions', () => {
  // Newcombe 1998, Statistics in Medicine 17:873-890, table II, methods 5* and 10.
  test.each([
    [of(56, 70), of(48, 80), 0.0528, 0.3382, 0.0524, 0.3339],
    [of(9, 10), of(3, 10), 0.17, 0.8406, 0.1705, 0.809],
    [of(0, 10), of(0, 20), -0.1658, 0.2844, -0.1611, 0.2775],
  ])('of %o and %o is as published', (first, second, low, high, newcombeLow, newcombeHigh) => {
    const score = proportionDifference(first, second);
    expect([score.low, score.high].map((end) => end.toFixed(4))).toEqual([low, high].map((end) => end.toFixed(4)));
    const newcombe = proportionDifference(first, second, { method: 'newcombe' });
    expect([newcombe.low, newcombe.high].map((end) => end.toFixed(4))).toEqual(
      [newcombeLow, newcombeHigh].map((end) => end.toFixed(4)),
    );
  });

  test('turns its sign with the sides, and holds what was seen', () => {
    fc.assert(
      fc.property(share, share, fc.constantFrom('newcombe' as const, 'miettinen-nurminen' as const), (a, b, method) => {
        const [one, other] = [proportionDifference(a, b, { method }), proportionDifference(b, a, { method })];
        expect(other.low).toBeCloseTo(-one.high, 8);
        expect(other.high).toBeCloseTo(-one.low, 8);
        expect(one.low).toBeLessThanOrEqual(one.difference + 1e-12);
        expect(one.high).toBeGreaterThanOrEqual(one.difference - 1e-12);
        expect(one.low).toBeGreaterThanOrEqual(-1);
        expect(one.high).toBeLessThanOrEqual(1);
      }),
      { numRuns: 60 },
    );
  });

  test('of a canary without errors is not sure of nothing', () => {
    const { difference, low, high } = proportionDifference(of(0, 100), of(0, 1900));
    expect(difference).toBe(0);
    expect(high).toBeGreaterThan(0.03);
    expect(high).toBeLessThan(0.04);
    expect(low).toBeGreaterThan(-0.003);
  });

  test('where a side has nothing tried is anything', () => {
    expect(proportionDifference(of(0, 0), of(1, 5))).toEqual({ difference: Number.NaN, low: -1, high: 1 });
  });
});

describe('the ratio of two proportions', () => {
  test('is the other way round one by it', () => {
    fc.assert(
      fc.property(some, some, (a, b) => {
        const [one, other] = [proportionRatio(a, b), proportionRatio(b, a)];
        expect(other.low * one.high).toBeCloseTo(1, 5);
        expect(one.low).toBeLessThanOrEqual(one.ratio * (1 + 1e-9));
        expect(one.high).toBeGreaterThanOrEqual(one.ratio * (1 - 1e-9));
      }),
      { numRuns: 60 },
    );
  });

  test.each([
    ['no events of the first', of(0, 30), of(12, 40), 0, 0, 0.39],
    ['no events of the second', of(3, 30), of(0, 40), Infinity, 1.07, Infinity],
    ['no events at all', of(0, 30), of(0, 40), Number.NaN, 0, Infinity],
    ['nothing tried', of(0, 0), of(5, 40), Number.NaN, 0, Infinity],
  ])('with %s', (_, first, second, ratio, low, high) => {
    const found = proportionRatio(first, second);
    expect(found.ratio).toBe(ratio);
    expect(found.low).toBeCloseTo(low, 2);
    if (Number.isFinite(high)) expect(found.high).toBeCloseTo(high, 2);
    else expect(found.high).toBe(Infinity);
  });
});
