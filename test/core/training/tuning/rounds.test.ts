import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { roundsOf } from '#core/training/tuning/rounds.ts';

const halving = (trials: number, from: number, to: number) =>
  roundsOf({ strategy: 'halving', resource: { parameter: 'epochs', from, to } }, trials).map(
    ({ trials: count, resource }) => [count, resource],
  );

describe('rounds', () => {
  test('of random search are one, whatever is said of a resource', () => {
    expect(roundsOf({}, 20)).toEqual([{ trials: 20 }]);
    expect(roundsOf({ strategy: 'random', resource: { parameter: 'epochs', from: 1, to: 9 } }, 20)).toEqual([
      { trials: 20 },
    ]);
  });

  test.each<[string, number, number, number, number[][]]>([
    [
      'a third goes on with three times as much',
      27,
      1,
      27,
      [
        [27, 1],
        [9, 3],
        [3, 9],
        [1, 27],
      ],
    ],
    [
      'the most is not passed',
      9,
      4,
      30,
      [
        [9, 4],
        [3, 12],
        [1, 30],
      ],
    ],
    [
      'who is left alone gets the most at once',
      9,
      1,
      81,
      [
        [9, 1],
        [3, 3],
        [1, 81],
      ],
    ],
    [
      'several may come to the most',
      27,
      1,
      3,
      [
        [27, 1],
        [9, 3],
      ],
    ],
    [
      'two are one in the next round',
      2,
      1,
      9,
      [
        [2, 1],
        [1, 9],
      ],
    ],
    ['one is trained with the most', 1, 1, 9, [[1, 9]]],
    [
      'a third is rounded down',
      20,
      1,
      9,
      [
        [20, 1],
        [6, 3],
        [2, 9],
      ],
    ],
  ])('of halving: %s', (_, trials, from, to, rounds) => expect(halving(trials, from, to)).toEqual(rounds));

  test('of halving end with the most, and cost no more than a round each of what the first one does and a last one', () => {
    const whole = (max: number) => fc.integer({ min: 1, max });
    fc.assert(
      fc.property(whole(1000), whole(1000), whole(1_000_000), (trials, from, more) => {
        const to = from + more;
        const rounds = halving(trials, from, to) as [number, number][];
        expect(rounds[0]![0]).toBe(trials);
        expect(rounds.at(-1)![1]).toBe(to);
        for (const [index, [count, resource]] of rounds.entries()) {
          expect(count).toBe(Math.max(1, Math.floor(trials / 3 ** index)));
          expect(resource).toBe(count === 1 ? to : Math.min(to, from * 3 ** index));
        }
        const spent = rounds.reduce((sum, [count, resource]) => sum + count * resource, 0);
        expect(spent).toBeLessThanOrEqual(rounds.length * trials * from + to);
      }),
    );
  });
});
