import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Curve, curveOf, isBehind } from '#core/training/tuning/curve.ts';

const pointsOf = (values: readonly number[], name = 'accuracy') =>
  values.map((value, step) => ({ name, value, step, at: '2026-11-23T00:00:00.000Z' }));

const curve = (...values: number[]): Curve => curveOf(pointsOf(values), 'accuracy', 'maximize')!;

describe('a curve', () => {
  test('holds where the objective became better, and how far it came', () => {
    expect(curve(0.5, 0.4, 0.6, 0.6, 0.7)).toEqual({
      last: 4,
      best: [
        [0, 0.5],
        [2, 0.6],
        [4, 0.7],
      ],
    });
    expect(curveOf(pointsOf([3, 2, 5, 1]), 'accuracy', 'minimize')).toEqual({
      last: 3,
      best: [
        [0, 3],
        [1, 2],
        [3, 1],
      ],
    });
  });

  test('knows no other metric, and nothing that is no number', () => {
    expect(curveOf(pointsOf([1, 2], 'loss'), 'accuracy', 'maximize')).toBeUndefined();
    expect(curveOf(pointsOf([0.5, Number.NaN, Number.POSITIVE_INFINITY]), 'accuracy', 'maximize')).toEqual({
      last: 0,
      best: [[0, 0.5]],
    });
  });

  test('of a thousand improvements keeps the first and the last', () => {
    const { best } = curve(...Array.from({ length: 1000 }, (_, index) => index));
    expect(best).toHaveLength(200);
    expect([best[0], best.at(-1)]).toEqual([
      [0, 0],
      [999, 999],
    ]);
  });
});

describe('a trial is behind', () => {
  const others = [curve(0.5, 0.6, 0.7), curve(0.6, 0.7, 0.8), curve(0.7, 0.8, 0.9)];

  test.each<[string, Curve, readonly Curve[], boolean]>([
    ['worse than half of the others', curve(0.3, 0.4, 0.7), others, true],
    ['as good as the one in the middle', curve(0.3, 0.4, 0.8), others, false],
    ['better at an earlier step', curve(0.9, 0.4, 0.3), others, false],
    ['it has said too little', curve(0.1, 0.1), others, false],
    ['it is one of the first three', curve(0.1, 0.1, 0.1), others.slice(1), false],
    ['others have not come as far', curve(0.1, 0.1, 0.1, 0.1), others, false],
    ['others came further', curve(0.3, 0.4, 0.7), others.map((each) => ({ ...each, last: 9 })), true],
    ['of four others the median is between two', curve(0.1, 0.1, 0.72), [...others, curve(0.1, 0.1, 0.65)], true],
    ['and it is above that', curve(0.1, 0.1, 0.76), [...others, curve(0.1, 0.1, 0.65)], false],
  ])('%s', (_, mine, peers, expected) => expect(isBehind(mine, peers, 'maximize')).toBe(expected));

  test('where less is better, if it has more', () => {
    const losses = [
      [3, 2, 1],
      [3, 2, 1.5],
      [3, 2, 2],
    ].map((values) => curveOf(pointsOf(values), 'accuracy', 'minimize')!);
    const mine = (last: number) => curveOf(pointsOf([4, 3, last]), 'accuracy', 'minimize')!;
    expect(isBehind(mine(1.6), losses, 'minimize')).toBe(true);
    expect(isBehind(mine(1.4), losses, 'minimize')).toBe(false);
  });

  test('never, if it is the best of all', () => {
    const value = fc.double({ min: 0, max: 1, noNaN: true });
    const values = fc.array(value, { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(fc.array(values, { minLength: 4, maxLength: 9 }), (lists) => {
        const all = lists.map((list) => curve(...list));
        const bestOf = ({ best }: Curve) => best.at(-1)![1];
        const best = all.toSorted((a, b) => bestOf(b) - bestOf(a))[0]!;
        expect(
          isBehind(
            best,
            all.filter((each) => each !== best),
            'maximize',
          ),
        ).toBe(false);
      }),
    );
  });
});
