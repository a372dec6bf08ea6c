import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compare } from '#core/release/shadow/compare.ts';
import type { RowPredictions } from '#core/release/shadow/predictions.ts';
import { ShadowCount } from '#core/release/shadow/tally.ts';

const CLASSES = { task: 'classification', classes: ['a', 'b', 'c'] } as const;
const VALUES = { task: 'regression', classes: [] } as const;

/** `undefined` where there is no number. */
const said = (values: readonly (number | undefined)[], probabilities?: readonly number[]): RowPredictions => ({
  rows: values.length,
  predicted: Float64Array.from(values, (value) => value ?? 0),
  has: Uint8Array.from(values, (value) => (value === undefined ? 0 : 1)),
  ...(probabilities && { probabilities: Float32Array.from(probabilities) }),
});

describe('classes', () => {
  test('that are the same agree, and others move', () => {
    const compared = compare(said([0, 1, 2, 1]), said([0, 2, 2, 0]), CLASSES);
    expect(compared).toMatchObject({ rows: 4, disagreed: 2, example: { row: 1, from: 'b', to: 'c' } });
    expect(compared.moves).toEqual([
      { from: 'a', to: 'a' },
      { from: 'b', to: 'c' },
      { from: 'c', to: 'c' },
      { from: 'b', to: 'a' },
    ]);
  });

  test('of which the champion said none are left out; the challenger saying none is another answer', () => {
    const compared = compare(said([undefined, 1, -1]), said([0, undefined, 1]), CLASSES);
    expect(compared).toMatchObject({ rows: 2, disagreed: 2 });
    expect(compared.moves).toEqual([
      { from: 'b', to: 'no number' },
      { from: 'another class', to: 'b' },
    ]);
  });

  test('have the distance of their scores', () => {
    const { distance } = compare(said([0], [0.7, 0.2, 0.1]), said([0], [0.4, 0.3, 0.3]), CLASSES);
    expect(distance.count).toBe(3);
    expect(distance.most).toBeCloseTo(0.3, 6);
    expect(distance.sum).toBeCloseTo(0.6, 6);
  });

  test('are told by so many letters', () => {
    const classes = ['x'.repeat(1000), 'y'];
    expect(compare(said([0]), said([1]), { ...CLASSES, classes }).example?.from).toHaveLength(64);
  });
});

describe('values', () => {
  test.each([
    ['the same', 10, 10, 0],
    ['within 5 % of the larger one', 100, 95, 0],
    ['a little beyond', 100, 94.9, 1],
    ['of other signs', 1, -1, 1],
    ['both 0', 0, 0, 0],
    ['0 and nearly 0', 0, 1e-9, 1],
    ['no number', 1, undefined, 1],
  ])('%s', (_, a, b, disagreed) => {
    expect(compare(said([a]), said([b]), VALUES)).toMatchObject({ rows: 1, disagreed, moves: [] });
  });

  test('have their own distance', () => {
    const { distance } = compare(said([1, 5, undefined]), said([2, 2, 3]), VALUES);
    expect(distance).toEqual({ count: 2, sum: 4, most: 3 });
  });
});

describe('what requests have come to', () => {
  const place = (position: number) => ({ position, at: 1000 + position });
  const one = (from: number, to: number) => compare(said([from]), said([to]), CLASSES);

  test('is the same, counted at once or in parts', () => {
    const requests = fc.array(fc.record({ from: fc.nat({ max: 2 }), to: fc.nat({ max: 2 }), ms: fc.nat({ max: 50 }) }));
    fc.assert(
      fc.property(requests, fc.nat(), (asked, cut) => {
        const [whole, first, second, merged] = [0, 1, 2, 3].map(() => new ShadowCount()) as [
          ShadowCount,
          ShadowCount,
          ShadowCount,
          ShadowCount,
        ];
        for (const [position, { from, to, ms }] of asked.entries()) {
          const part = position < cut % (asked.length + 1) ? first : second;
          for (const count of [whole, part]) count.add(place(position), one(from, to), ms, 2 * ms);
        }
        for (const part of [first, second]) merged.merge(JSON.parse(JSON.stringify(part)) as never);
        expect(merged.toJSON()).toEqual(whole.toJSON());
      }),
      { numRuns: 200 },
    );
  });

  test('has few examples and few moves, however many there are', () => {
    const count = new ShadowCount();
    const classes = Array.from({ length: 3000 }, (_, index) => `class ${index}`);
    for (let index = 0; index < 2000; index++) {
      count.add(place(index), compare(said([index]), said([index + 1]), { ...CLASSES, classes }), 1, 1);
      count.fail(place(index), 'status 500');
    }
    const { examples, failures, churn, disagreed, errors, asked } = count.toJSON();
    expect([examples.length, failures.length, disagreed, errors, asked]).toEqual([20, 20, 2000, 2000, 4000]);
    expect(churn.length).toBe(1001);
    expect(churn.reduce((sum, { rows }) => sum + rows, 0)).toBe(2000);
    expect(churn.find(({ from }) => from === 'other classes')).toMatchObject({ to: 'another class', rows: 1000 });
  });
});
