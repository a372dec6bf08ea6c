import { describe, expect, test } from 'vitest';
import { binomialCdf } from '#core/evaluation/statistics/beta.ts';
import { Random } from '#core/evaluation/statistics/random.ts';

const draws = <T>(many: number, draw: () => T): T[] => Array.from({ length: many }, draw);

describe('a seed', () => {
  test('gives the same numbers each time, and another one others', () => {
    const numbers = (seed: number) => {
      const random = new Random(seed);
      return draws(100, () => random.next());
    };
    expect(numbers(7)).toEqual(numbers(7));
    expect(numbers(7)).not.toEqual(numbers(8));
    expect(new Set(numbers(0)).size).toBeGreaterThan(95);
  });

  test.each([0, -1, 2 ** 40, 1.5])('may be %d', (seed) => {
    const random = new Random(seed);
    const mean = draws(10_000, () => random.uniform()).reduce((sum, value) => sum + value, 0) / 10_000;
    expect(mean).toBeCloseTo(0.5, 1);
  });
});

test('all of what may come below a bound comes about as often', () => {
  const random = new Random(3);
  const counts = [0, 0, 0, 0, 0, 0, 0];
  for (let draw = 0; draw < 70_000; draw++) (counts[random.below(7)] as number) += 1;
  const distance = counts.reduce((sum, count) => sum + (count - 10_000) ** 2 / 10_000, 0);
  // Chi-squared of 6 degrees of freedom: one in ten thousand is over 27.9.
  expect(distance).toBeLessThan(27.9);
});

describe('a binomial draw', () => {
  test.each([
    [1, 0.5],
    [20, 0.1],
    [20, 0.9],
    [1000, 0.003],
    [100, 0.3],
    [100, 0.8],
    [100_000, 0.0005],
    [1_000_000, 0.4],
  ])('of %i tries at %d is distributed as it should be', (n, p) => {
    const random = new Random(11);
    const many = 20_000;
    const all = draws(many, () => random.binomial(n, p)).sort((a, b) => a - b);
    expect(all.every((value) => Number.isInteger(value) && value >= 0 && value <= n)).toBe(true);
    // Kolmogorov's distance; of so many draws one in ten thousand is over 2.23 / sqrt(many).
    let most = 0;
    for (const value of new Set(all)) {
      const share = (all.findLastIndex((other) => other <= value) + 1) / many;
      most = Math.max(most, Math.abs(share - binomialCdf(value, n, p)));
    }
    expect(most).toBeLessThan(2.23 / Math.sqrt(many));
  });

  test.each([
    [10, 0, 0],
    [10, 1, 10],
    [0, 0.5, 0],
    [10, 1.0000000002, 10],
    [10, -1e-17, 0],
  ])('of %i tries at %d is %i', (n, p, expected) => expect(new Random(1).binomial(n, p)).toBe(expected));
});
