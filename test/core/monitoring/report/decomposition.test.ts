import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Cell } from '#core/monitoring/capture/captured.ts';
import type { FeatureProfile } from '#core/monitoring/profile/profile.ts';
import { Decomposition } from '#core/monitoring/report/decomposition.ts';
import { CategorySketch } from '#core/monitoring/sketch/category-sketch.ts';
import { NumberSketch } from '#core/monitoring/sketch/number-sketch.ts';
import { rowHashes } from '#core/monitoring/sketch/row-hashes.ts';

function categories(name: string, texts: readonly string[]): FeatureProfile {
  const sketch = new CategorySketch();
  for (const text of texts) sketch.addText(text);
  return { name, role: 'input', kind: 'category', sketch };
}

function numbers(name: string, values: readonly number[]): FeatureProfile {
  const sketch = new NumberSketch(1);
  sketch.add({ data: Float64Array.from(values), offset: 0, stride: 1 }, rowHashes('test', 0, values.length));
  return { name, role: 'input', kind: 'number', sketch };
}

const CITY = categories('city', ['berlin', 'berlin', 'paris']);

function add(decomposition: Decomposition, side: 'before' | 'now', feature: string, rows: readonly [Cell, number][]) {
  for (const [cell, score] of rows) decomposition.add(side, { cells: { [feature]: cell }, score });
}

const rows = (cell: Cell, right: number, wrong: number): [Cell, number][] =>
  Array.from({ length: right + wrong }, (_, index) => [cell, index < right ? 1 : 0]);

describe('what explains a change', () => {
  test('other shares alone', () => {
    const decomposition = new Decomposition([CITY]);
    add(decomposition, 'before', 'city', [...rows('berlin', 90, 10), ...rows('paris', 50, 50)]);
    add(decomposition, 'now', 'city', [...rows('berlin', 18, 2), ...rows('paris', 90, 90)]);
    const [explained] = decomposition.result();
    expect(decomposition.means).toStrictEqual([0.7, 0.54]);
    expect(explained!.change).toBeCloseTo(-0.16);
    expect(explained!.mix).toBeCloseTo(-0.16);
    expect(explained!.within).toBeCloseTo(0);
    expect(explained!.bins).toStrictEqual([
      { name: 'berlin', rows: [100, 20], means: [0.9, 0.9] },
      { name: 'paris', rows: [100, 180], means: [0.5, 0.5] },
    ]);
  });

  test('another accuracy alone', () => {
    const decomposition = new Decomposition([CITY]);
    add(decomposition, 'before', 'city', [...rows('berlin', 90, 10), ...rows('paris', 50, 50)]);
    add(decomposition, 'now', 'city', [...rows('berlin', 90, 10), ...rows('paris', 10, 90)]);
    const [explained] = decomposition.result();
    expect(explained!.mix).toBeCloseTo(0);
    expect(explained!.within).toBeCloseTo(-0.2);
  });

  test('of values that were not there before counts as within', () => {
    const decomposition = new Decomposition([CITY]);
    add(decomposition, 'before', 'city', rows('berlin', 80, 20));
    add(decomposition, 'now', 'city', rows('rome', 20, 80));
    const [explained] = decomposition.result();
    expect(explained!.mix).toBeCloseTo(0);
    expect(explained!.within).toBeCloseTo(-0.6);
    expect(explained!.bins.map(({ name }) => name)).toStrictEqual(['berlin', 'others']);
  });

  test('is told of the feature first whose shares explain most', () => {
    const age = numbers(
      'age',
      Array.from({ length: 100 }, (_, index) => index),
    );
    const decomposition = new Decomposition([CITY, age]);
    for (let index = 0; index < 200; index++) {
      const old = index % 2 === 0;
      const cells = { city: index % 4 < 2 ? 'berlin' : 'paris', age: old ? 80 : 20 };
      decomposition.add('before', { cells, score: old ? 0 : 1 });
      decomposition.add('now', { cells: { ...cells, age: 80 }, score: 0 });
    }
    const [first, second] = decomposition.result();
    expect([first!.feature, second!.feature]).toStrictEqual(['age', 'city']);
    expect(first!.mix).toBeCloseTo(-0.5);
    expect(second!.mix).toBeCloseTo(0);
    expect(second!.within).toBeCloseTo(-0.5);
  });

  test('is nothing without rows of both sides', () => {
    const decomposition = new Decomposition([CITY]);
    add(decomposition, 'now', 'city', rows('berlin', 1, 0));
    expect(decomposition.result()).toStrictEqual([]);
    expect(decomposition.means).toStrictEqual([null, 1]);
  });
});

describe('bins', () => {
  const names = (feature: FeatureProfile, cells: readonly Cell[]): string[] => {
    const decomposition = new Decomposition([feature]);
    for (const cell of cells) {
      decomposition.add('before', { cells: { [feature.name]: cell }, score: 1 });
      decomposition.add('now', { cells: { [feature.name]: cell }, score: 1 });
    }
    return decomposition.result()[0]?.bins.map(({ name, rows: [before] }) => `${name}: ${before}`) ?? [];
  };

  test('of numbers are tenths of the baseline, each with its lower end', () => {
    const feature = numbers(
      'x',
      Array.from({ length: 1001 }, (_, index) => index),
    );
    expect(names(feature, [-5, 99.9, 100, 899, 900, 5000, null, Number.NaN])).toStrictEqual([
      'below 100: 2',
      '100 to 200: 1',
      '800 to 900: 1',
      '900 or more: 2',
      'missing: 2',
    ]);
  });

  test('of few numbers are these', () => {
    expect(names(numbers('x', [0, 1, 1, 2]), [0, 1, 2, 2, null])).toStrictEqual(['0: 1', '1: 1', '2: 2', 'missing: 1']);
  });

  test('of one number alone', () => {
    expect(names(numbers('x', [3, 3]), [3, 9])).toStrictEqual(['3: 2']);
  });

  test('of many categories are the largest, and the others', () => {
    const texts = Array.from({ length: 30 }, (_, index) =>
      Array.from({ length: 60 - index }, () => `c${index}`),
    ).flat();
    const found = names(categories('x', texts), ['c0', 'c19', 'c20', 'new', 7, null]);
    expect(found).toStrictEqual(['c0: 1', 'c19: 1', 'others: 3', 'missing: 1']);
  });

  test('a feature that a row does not have is missing there, whatever it is called', () => {
    expect(names(categories('toString', ['a']), [])).toStrictEqual([]);
    const decomposition = new Decomposition([categories('toString', ['a'])]);
    for (const side of ['before', 'now'] as const) decomposition.add(side, { cells: {}, score: 1 });
    expect(decomposition.result()[0]?.bins).toMatchObject([{ name: 'missing' }]);
  });
});

test('mix and within are the whole change, whatever the rows', () => {
  const side = fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c', 'd', null), fc.integer({ min: 0, max: 1 })), {
    minLength: 1,
    maxLength: 60,
  });
  fc.assert(
    fc.property(side, side, (before, now) => {
      const decomposition = new Decomposition([categories('x', ['a', 'b', 'c'])]);
      add(decomposition, 'before', 'x', before);
      add(decomposition, 'now', 'x', now);
      const [explained] = decomposition.result();
      const mean = (scores: readonly [Cell, number][]) =>
        scores.reduce((sum, [, score]) => sum + score, 0) / scores.length;
      expect(explained!.change).toBeCloseTo(mean(now) - mean(before), 10);
      expect(explained!.mix + explained!.within).toBeCloseTo(explained!.change, 10);
      // As the formula says it, bin by bin.
      const part = (scores: readonly [Cell, number][], bin: string | null) => scores.filter(([cell]) => cell === bin);
      let mix = 0;
      for (const bin of ['a', 'b', 'c', 'd', null]) {
        const [then, today] = [part(before, bin), part(now, bin)];
        mix +=
          (today.length / now.length - then.length / before.length) * (then.length > 0 ? mean(then) : mean(before));
      }
      // 'd' is among the others, alone.
      expect(explained!.mix).toBeCloseTo(mix, 10);
    }),
  );
});
