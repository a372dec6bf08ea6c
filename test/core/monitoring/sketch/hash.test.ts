import { describe, expect, it } from 'vitest';
import { bucketOf, BUCKETS, categoryHash, hashOfText, mix } from '#core/monitoring/sketch/hash.ts';
import { featureSeed, rowHashes } from '#core/monitoring/sketch/row-hashes.ts';

const TEXTS = Array.from({ length: 200_000 }, (_, i) => `text ${i}`);

/** Chi-squared of counts that are to be even, as a number of standard deviations. */
function unevenness(counts: readonly number[]): number {
  const expected = counts.reduce((sum, count) => sum + count, 0) / counts.length;
  const statistic = counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
  return (statistic - (counts.length - 1)) / Math.sqrt(2 * (counts.length - 1));
}

function countsOf(places: readonly number[], count: number): number[] {
  const counts = Array.from({ length: count }, () => 0);
  for (const place of places) counts[place] = (counts[place] as number) + 1;
  return counts;
}

describe('hashes', () => {
  it('stay what they are: profiles of years ago are compared with those of today', () => {
    expect(mix(1)).toBe(0x514e28b7);
    expect([hashOfText(''), hashOfText('a'), categoryHash('setosa'), featureSeed('input', 'x')]).toMatchInlineSnapshot(`
      [
        647041330,
        3683133881,
        634609569728243,
        4195009174,
      ]
    `);
    expect([...rowHashes('file', 7, 3)]).toMatchInlineSnapshot(`
      [
        2684662100,
        1072614141,
        2140917362,
      ]
    `);
  });

  it('of categories differ, and are even', () => {
    const hashes = TEXTS.map(categoryHash);
    expect(new Set(hashes).size).toBe(TEXTS.length);
    expect(Math.abs(unevenness(countsOf(hashes.map(bucketOf), BUCKETS)))).toBeLessThan(4);
    const tops = hashes.map((hash) => Math.floor(hash / 2 ** 42));
    expect(Math.abs(unevenness(countsOf(tops, BUCKETS)))).toBeLessThan(4);
  });

  it('of rows are even: within a source, and of the first rows of many', () => {
    const within = [...rowHashes('file', 0, 200_000)];
    const firsts = TEXTS.map((text) => rowHashes(text, 0, 1)[0] as number);
    for (const hashes of [within, firsts]) {
      expect(
        Math.abs(
          unevenness(
            countsOf(
              hashes.map((hash) => hash >>> 22),
              BUCKETS,
            ),
          ),
        ),
      ).toBeLessThan(4);
    }
  });

  it('of a row is the same wherever a batch begins', () => {
    expect(rowHashes('file', 5, 3)[1]).toBe(rowHashes('file', 0, 10)[6]);
  });
});
