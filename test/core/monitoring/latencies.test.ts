import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Latencies, QUANTILE_ERROR } from '#core/monitoring/latencies.ts';

const of = (times: readonly number[]): Latencies => {
  const latencies = new Latencies();
  for (const ms of times) latencies.record(ms);
  return latencies;
};

/** The nearest rank, from the times themselves. */
const exact = (times: readonly number[], q: number): number =>
  times.toSorted((a, b) => a - b)[Math.max(1, Math.ceil(q * times.length)) - 1] as number;

/** From a microsecond to a quarter of an hour, as many of each magnitude. */
const times = fc.array(
  fc.double({ min: -10, max: 20, noNaN: true }).map((exponent) => 2 ** exponent),
  { minLength: 1, maxLength: 300 },
);
const share = fc.double({ min: 0, max: 1, noNaN: true });

/** Rounding may put a time that is the end of a bucket on either side of it. */
const ROUNDING = 1e-12;

describe('a quantile', () => {
  test('is within the stated error of the exact one', () => {
    fc.assert(
      fc.property(times, share, (ms, q) => {
        const expected = exact(ms, q);
        const distance = Math.abs((of(ms).quantile(q) as number) - expected) / expected;
        expect(distance).toBeLessThanOrEqual(QUANTILE_ERROR + ROUNDING);
      }),
      { numRuns: 2000 },
    );
  });

  test('has an error of about one percent, which some times come close to', () => {
    expect(QUANTILE_ERROR).toBeCloseTo(0.01083, 5);
    const ms = 2 ** (3 / 32);
    expect((of([ms / 2, ms, ms * 2]).quantile(0.5) as number) / ms).toBeCloseTo(1 - QUANTILE_ERROR, 12);
  });

  test('never leaves what was recorded', () => {
    fc.assert(
      fc.property(times, share, (ms, q) => {
        const value = of(ms).quantile(q) as number;
        expect(value).toBeGreaterThanOrEqual(Math.min(...ms));
        expect(value).toBeLessThanOrEqual(Math.max(...ms));
      }),
    );
  });

  test.each([
    ['nothing', [], undefined],
    ['one time', [3.7], 3.7],
    ['no time at all', [0, 0], 0],
    ['what is no time', [Number.NaN, -5], 0],
    ['an hour, which is over the last bucket', [3_600_000], 3_600_000],
  ])('of %s', (_, ms, expected) => expect(of(ms).quantile(0.5)).toBe(expected));

  test('below a microsecond is off by no more than that', () => {
    expect(Math.abs((of([0.0001, 0.0005, 5]).quantile(0.5) as number) - 0.0005)).toBeLessThan(0.001);
  });
});

describe('adding up', () => {
  const seen = (latencies: Latencies) => ({
    count: latencies.count,
    quantiles: [0, 0.25, 0.5, 0.9, 0.99, 1].map((q) => latencies.quantile(q)),
    atMost: latencies.atMost([-10, -3, 0, 7, 20]),
  });

  test('is as if one had counted everything', () => {
    fc.assert(
      fc.property(times, times, (mine, others) => {
        const merged = of(mine);
        merged.merge(of(others));
        const together = of([...mine, ...others]);
        expect(seen(merged)).toEqual(seen(together));
        expect(merged.sumMs / together.sumMs).toBeCloseTo(1, 9);
      }),
    );
  });

  test('nothing changes nothing, and leaves the other as it was', () => {
    const [mine, none] = [of([1, 2]), of([])];
    mine.merge(none);
    expect(seen(mine)).toEqual(seen(of([1, 2])));
    none.merge(mine);
    mine.record(9);
    expect(seen(none)).toEqual(seen(of([1, 2])));
  });
});

describe('counts below a power of two', () => {
  const exponents = Array.from({ length: 31 }, (_, index) => index - 10);

  test('are exact, the power itself included', () => {
    const around = exponents.map((exponent) => 2 ** exponent).flatMap((end) => [end * 0.999, end, end * 1.001]);
    const anyTimes = fc.array(fc.constantFrom(...around, 0, 1e-6, 1e9), { maxLength: 200 });
    fc.assert(
      fc.property(anyTimes, fc.subarray(exponents), (ms, some) => {
        const expected = some.map((exponent) => ms.filter((time) => time <= 2 ** exponent).length);
        expect(of(ms).atMost(some)).toEqual(expected);
      }),
    );
  });
});
