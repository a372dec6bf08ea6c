import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CategorySketch, labelOf } from '#core/monitoring/sketch/category-sketch.ts';
import { bucketOf, categoryHash } from '#core/monitoring/sketch/hash.ts';
import { bitsOfCategories } from './bits.ts';

const categoriesOf = (texts: readonly (string | null)[]): CategorySketch => {
  const sketch = new CategorySketch();
  sketch.add({ data: texts, offset: 0, stride: 1 }, texts.length);
  return sketch;
};

const numbered = (count: number, from = 0): string[] => Array.from({ length: count }, (_, i) => `category ${from + i}`);

const texts = fc.array(
  fc.oneof(
    fc.constant(null),
    fc.string({ unit: 'binary', maxLength: 100 }),
    fc.nat(700).map((number) => `${number}`),
  ),
  { maxLength: 1500, size: 'max' },
);

describe('what is kept of categories', () => {
  it('is the same to the bit of the whole as of its parts, in any order', () => {
    fc.assert(
      fc.property(texts, fc.nat(), (all, at) => {
        const split = all.length === 0 ? 0 : at % (all.length + 1);
        const [first, second] = [categoriesOf(all.slice(0, split)), categoriesOf(all.slice(split))];
        const whole = bitsOfCategories(categoriesOf(all));
        expect(bitsOfCategories(CategorySketch.merge([first, second]))).toBe(whole);
        expect(bitsOfCategories(CategorySketch.merge([second, first]))).toBe(whole);
      }),
      { numRuns: 40 },
    );
  });

  it('is the same in any grouping, where there are more than are kept', () => {
    const [a, b, c] = [numbered(900), numbered(900, 600), numbered(300, 100)].map(categoriesOf) as [
      CategorySketch,
      CategorySketch,
      CategorySketch,
    ];
    const left = CategorySketch.merge([CategorySketch.merge([a, b]), c]);
    const right = CategorySketch.merge([a, CategorySketch.merge([b, c])]);
    expect(bitsOfCategories(left)).toBe(bitsOfCategories(right));
    expect(bitsOfCategories(left)).toBe(
      bitsOfCategories(categoriesOf([...numbered(900), ...numbered(900, 600), ...numbered(300, 100)])),
    );
  });

  it('takes 64 KB at most, however many there are and however long', () => {
    const long = Array.from({ length: 512 }, (_, i) => `${i}`.padEnd(64, 'x'));
    for (const all of [long, numbered(100_000)]) {
      const sketch = categoriesOf(all);
      expect(sketch.byteLength + (sketch.isComplete ? 512 * 64 : 0)).toBeLessThanOrEqual(65_536);
      expect(Buffer.from(bitsOfCategories(sketch), 'base64').length).toBeLessThanOrEqual(65_536);
    }
  });

  it('has no name of a text that may say too much', () => {
    const sketch = categoriesOf([...numbered(513)]);
    expect(sketch.isComplete).toBe(false);
    expect(sketch.entries().every(({ name }) => name === null)).toBe(true);
    expect(Buffer.from(bitsOfCategories(sketch), 'base64').includes('category')).toBe(false);
    const long = 'a text of more than sixty-four bytes, such as a letter or a list of symptoms';
    expect(Buffer.from(bitsOfCategories(categoriesOf([long])), 'base64').includes('symptoms')).toBe(false);
    expect([...(categoriesOf([long]).counts() ?? [])]).toEqual([
      [labelOf({ hash: categoryHash(long), name: null }), 1],
    ]);
  });
});

describe('what categories come to', () => {
  it('is exact of up to 512', () => {
    const sketch = categoriesOf(['b', 'a', null, 'b', 'ß', 'b']);
    expect([sketch.count, sketch.missing, sketch.rows, sketch.distinct()]).toEqual([5, 1, 6, 3]);
    expect(Object.fromEntries(sketch.counts() ?? [])).toEqual({ b: 3, a: 1, ß: 1 });
    expect(categoriesOf(numbered(512)).counts()?.size).toBe(512);
    expect(categoriesOf(numbered(513)).counts()).toBeUndefined();
  });

  it('has exact counts of those that are kept, of any number', () => {
    const all = [...numbered(5000), ...numbered(5000), ...numbered(2500)];
    const expected = new Map(numbered(5000).map((text, i) => [categoryHash(text), i < 2500 ? 3 : 2]));
    const entries = categoriesOf(all).entries();
    expect(entries).toHaveLength(512);
    for (const { hash, count } of entries) expect(count).toBe(expected.get(hash));
  });

  it('adds up all of them in buckets', () => {
    const buckets = categoriesOf([...numbered(3000), 'category 7']).buckets();
    expect(buckets.reduce((sum, count) => sum + count, 0)).toBe(3001);
    const bucket = bucketOf(categoryHash('category 7'));
    const inBucket = numbered(3000).filter((text) => bucketOf(categoryHash(text)) === bucket).length;
    expect(buckets[bucket]).toBe(inBucket + 1);
  });

  it('estimates how many there are within its error', () => {
    for (const count of [600, 5000, 100_000]) {
      // 4.4 % is one standard error.
      expect(Math.abs(categoriesOf(numbered(count)).distinct() / count - 1)).toBeLessThan(0.1);
    }
  });
});
