import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { complementOf, pairsOf } from '#core/explanation/coalition-pairs.ts';
import { Random } from '#core/evaluation/statistics/random.ts';
import { sum } from './models.ts';

const sizeOf = (coalition: Uint8Array): number => sum(coalition);

test('small coalitions are complete before any is drawn, none stands twice, and their weights are all of the kernel', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 2, max: 14 }),
      fc.integer({ min: 1, max: 400 }),
      fc.integer(),
      (players, more, seed) => {
        const pairs = pairsOf(players, players + more, new Random(seed));
        expect(pairs.length).toBeLessThanOrEqual(players + more);
        const keys = pairs.flatMap(({ coalition }) => [coalition.join(''), complementOf(coalition).join('')]);
        expect(new Set(keys).size).toBe(keys.length);
        expect(sum(pairs.map(({ weight }) => weight))).toBeCloseTo(1, 9);
        const complete = pairs.filter(({ draws }) => draws === 0);
        const drawn = pairs.filter(({ draws }) => draws > 0);
        const largest = Math.max(...complete.map(({ coalition }) => sizeOf(coalition)));
        for (const { coalition } of drawn) expect(sizeOf(coalition)).toBeGreaterThan(largest);
        expect(complete.filter(({ coalition }) => sizeOf(coalition) === 1)).toHaveLength(players === 2 ? 1 : players);
      },
    ),
  );
});

test('each weighs as the Shapley kernel says', () => {
  // Of five players: 4 / (1 * 4) for sizes of 1 and 4 together twice, 4 / (2 * 3) for 2 and 3.
  const weights = pairsOf(5, 15, new Random(1)).map(({ coalition, weight }) => [sizeOf(coalition), weight] as const);
  const ofSize = (size: number): number => sum(weights.filter(([each]) => each === size).map(([, weight]) => weight));
  expect(ofSize(1)).toBeCloseTo(1 / (1 + 4 / 6), 12);
  expect(weights.filter(([size]) => size === 2)).toHaveLength(10);
});
