import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { concurrencyOf, costOf, estimateOf, MAX_SHARDS, shardBytes, type Workload } from '#core/batch/cost.ts';

const MB = 2 ** 20;
const GB = 2 ** 30;
const work = (more: Partial<Workload>): Workload => ({
  bytes: GB,
  rows: 10_000_000,
  exact: true,
  rowsPerSecond: 500_000,
  concurrency: 10,
  ...more,
});

describe('a shard has', () => {
  test.each<[string, Partial<Workload>, number]>([
    ['so many bytes that each worker has several', {}, GB / 40],
    ['a megabyte at least', { bytes: 5 * MB, rows: 50_000 }, MB],
    ['64 megabytes at most', { bytes: 100 * GB, rows: 1e9 }, 64 * MB],
    ['no more than a minute of rows, be they ever so slow', { bytes: 10 * MB, rows: 10_000, rowsPerSecond: 1 }, 62_915],
    ['more, where there would be too many', { bytes: 1000 * GB, rows: 1e10 }, Math.ceil((1000 * GB) / MAX_SHARDS)],
  ])('%s', (_, more, bytes) => {
    expect(shardBytes(work(more))).toBe(Math.ceil(bytes));
  });

  test('some bytes in any case, and there are never more than there may be', () => {
    const any = fc.record({
      bytes: fc.nat(2 ** 31).map((n) => n * 1000),
      rows: fc.nat(2 ** 31),
      rowsPerSecond: fc.double({ min: 1e-3, max: 1e6, noNaN: true }),
      concurrency: fc.integer({ min: 1, max: 10_000 }),
    });
    fc.assert(
      fc.property(any, (some) => {
        const bytes = shardBytes(work(some));
        expect(Number.isSafeInteger(bytes) && bytes >= 1).toBe(true);
        expect(Math.ceil(some.bytes / bytes)).toBeLessThanOrEqual(MAX_SHARDS);
      }),
    );
  });
});

describe('an estimate', () => {
  const price = { memory: 1769, architecture: 'arm64' } as const;

  test('is what the workers take together, and what AWS bills for it', () => {
    // 20 s of rows and 0.3 s for each of 40 shards, by ten workers that start in 3 s.
    const { seconds, usd, rows } = estimateOf(work({}), 40, price);
    expect(rows).toBe(10_000_000);
    expect(seconds).toBeCloseTo(32 / 10 + 3, 3);
    const computing = (32 + 30) * (1769 / 1024) * 0.0000133334;
    const each = 0.2e-6 + 3 * 25e-6 + 5 * 5e-6 + 6 * 0.4e-6;
    expect(usd).toBeCloseTo(computing + 40 * each, 5);
  });

  test('is more on x86, with more memory, and with more shards', () => {
    const usd = (shards: number, more = {}) => estimateOf(work({}), shards, { ...price, ...more }).usd;
    expect(usd(40, { architecture: 'x86_64' })).toBeGreaterThan(usd(40));
    expect(usd(40, { memory: 3538 })).toBeGreaterThan(usd(40));
    expect(usd(400)).toBeGreaterThan(usd(40));
  });

  test('of more workers than shards counts the shards', () => {
    expect(estimateOf(work({ concurrency: 1000 }), 1, price)).toEqual(estimateOf(work({ concurrency: 1 }), 1, price));
  });

  test('of nothing is no more than the start', () => {
    expect(estimateOf(work({ bytes: 0, rows: 0 }), 1, price).seconds).toBeLessThan(5);
    expect(costOf({ seconds: 0, shards: 0 }, price)).toBe(0);
  });
});

test.each<[string, number | undefined, number | undefined, number]>([
  ['as many as there are', undefined, undefined, 20],
  ['as many as are asked for', 50, undefined, 50],
  ['no more than a machine takes', 10_000, undefined, 64],
  ['no more than are reserved', 50, 900, 20],
  ['fewer than are reserved', 5, 900, 5],
])('shards at once are %s', (_, asked, limitSeconds, expected) => {
  const price = { memory: 1769, architecture: 'arm64' as const, ...(limitSeconds && { limitSeconds }) };
  expect(concurrencyOf({ concurrency: 20, price }, asked === undefined ? {} : { concurrency: asked })).toBe(expected);
});
