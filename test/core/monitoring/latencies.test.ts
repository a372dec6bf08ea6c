import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bucketOf, Latencies, OPEN, QUANTILE_ERROR } from '#core/monitoring/latencies.ts';

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

describe('a bucket', () => {
  test.each([
    [0, 0],
    [-3, 0],
    [Number.NaN, 0],
    [2 ** -10, 0],
    [2 ** -10 * 1.0001, 1],
    [1, 320],
    [1.01, 321],
    [2, 352],
    [2 ** 20, 960],
    [2 ** 20 * 1.0001, 961],
    [Infinity, 961],
  ])('of %d ms is number %d', (ms, bucket) => expect(bucketOf(ms)).toBe(bucket));

  test('is the formula that is documented', () => {
    fc.assert(
      fc.property(fc.double({ min: -9.9, max: 19.9, noNaN: true }), (exponent) => {
        const ms = 2 ** exponent;
        expect(bucketOf(ms)).toBe(Math.ceil((Math.log2(ms) + 10) * 32));
      }),
    );
  });

  test('holds what is over the end of the one before it, and at most its own end', () => {
    fc.assert(
      fc.property(times, (ms) => {
        for (const { endMs, count } of of(ms).entries()) {
          const startMs = endMs / 2 ** (1 / 32);
          const within = ms.filter((time) => time > startMs * (1 + ROUNDING) && time < endMs * (1 - ROUNDING)).length;
          expect(count).toBeGreaterThanOrEqual(within);
          const around = ms.filter((time) => time > startMs * (1 - ROUNDING) && time < endMs * (1 + ROUNDING)).length;
          expect(count).toBeLessThanOrEqual(around);
        }
      }),
    );
  });

  test('is listed where something is in it, ascending; the last one is open', () => {
    expect(of([]).entries()).toEqual([]);
    expect(of([1, 1e9, 1, 0, 2]).entries()).toEqual([
      { endMs: 2 ** -10, count: 1 },
      { endMs: 1, count: 2 },
      { endMs: 2, count: 1 },
      { endMs: Infinity, count: 1 },
    ]);
  });
});

describe('counts that others have put into buckets', () => {
  test('give quantiles within the stated error', () => {
    fc.assert(
      fc.property(times, share, (ms, q) => {
        const counted = new Latencies();
        for (const time of ms) counted.addBucket(bucketOf(time), 1);
        const expected = exact(ms, q);
        expect(counted.count).toBe(ms.length);
        const distance = Math.abs((counted.quantile(q) as number) - expected);
        // A time of the first bucket is off by a microsecond at most.
        expect(distance).toBeLessThanOrEqual(Math.max(expected * (QUANTILE_ERROR + ROUNDING), 2 ** -10));
        expect(counted.atMost([-10, 0, 20])).toEqual(of(ms).atMost([-10, 0, 20]));
      }),
    );
  });

  test('have a sum within the same error', () => {
    const ms = Array.from({ length: 500 }, (_, index) => 1 + index * 0.37);
    const counted = new Latencies();
    for (const { endMs, count } of of(ms).entries()) counted.addBucket(bucketOf(endMs), count);
    expect(Math.abs(counted.sumMs / of(ms).sumMs - 1)).toBeLessThan(QUANTILE_ERROR);
  });

  test('over the last end count as it', () => {
    const counted = new Latencies();
    counted.addBucket(OPEN, 3);
    expect(counted.quantile(0.99)).toBe(2 ** 20);
    expect(counted.sumMs).toBe(3 * 2 ** 20);
  });

  test.each([
    [-1, 1],
    [962, 1],
    [1.5, 1],
    [Number.NaN, 1],
    [3, 0],
    [3, -1],
    [3, 0.5],
    [3, 2 ** 53],
    [3, Number.NaN],
  ])('are refused in bucket %d, %d of them', (bucket, count) => {
    const latencies = of([7]);
    expect(() => latencies.addBucket(bucket, count)).toThrow(expect.objectContaining({ code: 'latencies.invalid' }));
    expect(latencies.toJSON()).toEqual(of([7]).toJSON());
  });
});

describe('as JSON', () => {
  const through = (latencies: Latencies): Latencies => Latencies.from(JSON.parse(JSON.stringify(latencies)));

  test('they are the same again, and go on counting', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.oneof(
            times.map(([first]) => first as number),
            fc.constantFrom(0, 1e9),
          ),
        ),
        share,
        (ms, q) => {
          const [before, after] = [of(ms), through(of(ms))];
          expect(after).toEqual(before);
          expect(after.quantile(q)).toBe(before.quantile(q));
          after.record(3);
          expect(after.toJSON()).toEqual(of([...ms, 3]).toJSON());
        },
      ),
    );
  });

  test('hold only the buckets that something is in', () => {
    expect(JSON.stringify(of([]))).toBe('{"buckets":[],"sumMs":0}');
    expect(JSON.stringify(of([1, 2, 1]))).toBe('{"buckets":[[320,2],[352,1]],"sumMs":4,"leastMs":1,"mostMs":2}');
  });

  const good = { buckets: [[320, 2]], sumMs: 2, leastMs: 1, mostMs: 1 };

  test.each<[string, unknown]>([
    ['nothing', undefined],
    ['null', null],
    ['a text', '{}'],
    ['no buckets', { sumMs: 0 }],
    ['buckets by name', { ...good, buckets: { 320: 2 } }],
    ['a bucket without a count', { ...good, buckets: [[320]] }],
    ['a bucket that there is not', { ...good, buckets: [[962, 1]] }],
    ['a count of text', { ...good, buckets: [[320, '2']] }],
    ['no count', { ...good, buckets: [[320, 0]] }],
    [
      'a bucket twice',
      {
        ...good,
        buckets: [
          [320, 1],
          [320, 1],
        ],
      },
    ],
    [
      'buckets out of order',
      {
        ...good,
        buckets: [
          [321, 1],
          [320, 1],
        ],
      },
    ],
    ['more buckets than there are', { ...good, buckets: Array.from({ length: 963 }, () => [1, 1]) }],
    ['no sum', { buckets: good.buckets, leastMs: 1, mostMs: 1 }],
    ['a sum below nothing', { ...good, sumMs: -1 }],
    ['a sum that is none', { ...good, sumMs: Infinity }],
    ['no ends', { buckets: good.buckets, sumMs: 2 }],
    ['ends that are crossed', { ...good, leastMs: 2 }],
    ['ends of nothing', { buckets: [], sumMs: 0, leastMs: 0, mostMs: 0 }],
    ['a field that is none of it', { ...good, p99: 1 }],
  ])('%s is refused', (_, json) => {
    expect(() => Latencies.from(json)).toThrow(expect.objectContaining({ code: 'latencies.invalid' }));
  });

  test('whatever is refused is refused by that name', () => {
    fc.assert(
      fc.property(fc.anything(), (json) => {
        try {
          Latencies.from(json);
        } catch (error) {
          expect(error).toMatchObject({ code: 'latencies.invalid' });
        }
      }),
    );
  });
});
