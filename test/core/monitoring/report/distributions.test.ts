import { describe, expect, test } from 'vitest';
import type { FeatureProfile } from '#core/monitoring/profile/profile.ts';
import { distributionOf } from '#core/monitoring/report/distributions.ts';
import { CategorySketch } from '#core/monitoring/sketch/category-sketch.ts';
import { NumberSketch } from '#core/monitoring/sketch/number-sketch.ts';
import { rowHashes } from '#core/monitoring/sketch/row-hashes.ts';

function numbers(values: readonly number[]): FeatureProfile {
  const sketch = new NumberSketch(1);
  sketch.add({ data: Float64Array.from(values), offset: 0, stride: 1 }, rowHashes('test', 0, values.length));
  return { name: 'x', role: 'input', kind: 'number', sketch };
}

function texts(...all: readonly (string | null)[]): FeatureProfile {
  const sketch = new CategorySketch();
  for (const text of all) sketch.addText(text);
  return { name: 'x', role: 'input', kind: 'category', sketch };
}

const range = (length: number, of: (index: number) => number) => Array.from({ length }, (_, index) => of(index));
const sum = (shares: readonly number[]): number => shares.reduce((total, share) => total + share, 0);

describe('numbers', () => {
  test('lie in bars over what both sides have; what is far out is in the bars at the ends', () => {
    const distribution = distributionOf(
      numbers(range(1000, (index) => index)),
      numbers([...range(999, (i) => 500 + i), 1e12]),
    );
    if (distribution?.kind !== 'numbers') throw new Error('no bars');
    const { edges, baseline, live } = distribution;
    expect([baseline.length, live.length, edges.length]).toStrictEqual([24, 24, 25]);
    expect(edges.at(-1)).toBeLessThan(2000);
    expect([sum(baseline), sum(live)].map((total) => Number(total.toFixed(9)))).toStrictEqual([1, 1]);
    expect([baseline.at(-1), live[0]]).toStrictEqual([0, 0]);
  });

  test('few values each have a bar', () => {
    expect(distributionOf(numbers([0, 1, 1, Number.NaN]), numbers([1, 2]))).toStrictEqual({
      kind: 'categories',
      names: ['0', '1', '2'],
      baseline: [1 / 3, 2 / 3, 0],
      live: [0, 0.5, 0.5],
    });
  });

  test('without values, or of another kind, there is nothing to show', () => {
    expect(distributionOf(numbers([]), numbers([1]))).toBeUndefined();
    expect(distributionOf(numbers([1]), texts('a'))).toBeUndefined();
  });
});

describe('categories', () => {
  test('the largest of both sides, and the others together', () => {
    const many = texts(...range(40, (index) => index % 20).map((index) => `c${index}`));
    const distribution = distributionOf(many, texts('new', null));
    if (distribution?.kind !== 'categories') throw new Error('no names');
    expect(distribution.names).toHaveLength(10);
    expect(distribution.names[0]).toBe('new');
    expect(distribution.names.at(-1)).toBe('12 others');
    expect(sum(distribution.baseline)).toBeCloseTo(1);
    expect(distribution.live[0]).toBe(1);
  });

  test('too many to be named are not shown', () => {
    const many = texts(...range(600, (index) => index).map(String));
    expect(distributionOf(many, texts('1'))).toBeUndefined();
  });
});
