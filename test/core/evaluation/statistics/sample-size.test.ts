import { describe, expect, test } from 'vitest';
import { Random } from '#core/evaluation/statistics/random.ts';
import { proportionDifference } from '#core/evaluation/statistics/proportion-difference.ts';
import { rowsToResolve, rowsToResolveUnpaired } from '#core/evaluation/statistics/sample-size.ts';
import { nonInferiorityTest } from '#core/evaluation/statistics/tango.ts';

/** z of 0.95 and of 0.8. */
const Z = 1.6448536 + 0.8416212;

describe('rows of a paired comparison', () => {
  test.each([
    [0.1, 0.01],
    [0.2, 0.01],
    [0.3, 0.02],
  ])(
    'with a discordance of %d and a margin of %d are (z + z)^2 discordance / margin^2, nearly',
    (discordance, margin) => {
      const simple = (Z * Z * discordance) / margin ** 2;
      expect(Math.abs(rowsToResolve({ margin, discordance }) / simple - 1)).toBeLessThan(0.02);
    },
  );

  test('are more than that where the discordance is less than the margin', () => {
    expect(rowsToResolve({ margin: 0.03 })).toBeGreaterThan(1.3 * ((Z * Z * 0.02) / 0.03 ** 2));
  });

  test.each([
    [0.03, 0.02, 0.05, 0.8],
    [0.01, 0.05, 0.05, 0.9],
    [0.1, 0.02, 0.05, 0.8],
    [0.02, 0.1, 0.025, 0.8],
  ])(
    'margin %d, discordance %d, alpha %d: an equal challenger passes in %d of all runs',
    (margin, discordance, alpha, power) => {
      const rows = rowsToResolve({ margin, discordance, alpha, power });
      const random = new Random(8);
      const runs = 4000;
      let passed = 0;
      for (let run = 0; run < runs; run++) {
        const discordant = random.binomial(rows, discordance);
        const gained = random.binomial(discordant, 0.5);
        if (nonInferiorityTest({ rows, gained, lost: discordant - gained }, margin).pValue <= alpha) passed++;
      }
      expect(passed / runs).toBeGreaterThan(power - 0.06);
      expect(passed / runs).toBeLessThan(power + 0.12);
    },
  );

  test('grow with power, discordance and a smaller margin or alpha', () => {
    const rows = rowsToResolve({ margin: 0.02 });
    expect(rowsToResolve({ margin: 0.01 })).toBeGreaterThan(2 * rows);
    expect(rowsToResolve({ margin: 0.02, power: 0.9 })).toBeGreaterThan(rows);
    expect(rowsToResolve({ margin: 0.02, alpha: 0.01 })).toBeGreaterThan(rows);
    expect(rowsToResolve({ margin: 0.02, discordance: 0.05 })).toBeGreaterThan(rows);
  });
});

describe('trials of each side', () => {
  test('of an even rate are nearly (z + z)^2 2 p (1 - p) / margin^2', () => {
    const simple = (Z * Z * 2 * 0.25) / 0.05 ** 2;
    expect(Math.abs(rowsToResolveUnpaired({ margin: 0.05, rate: 0.5 }) / simple - 1)).toBeLessThan(0.02);
  });

  test.each([
    [0.01, 0.001],
    [0.02, 0.02],
    [0.03, 0.1],
    [0.1, 0.85],
  ])('margin %d and rate %d: sides of the same rate pass in 0.8 of all runs', (margin, rate) => {
    const trials = rowsToResolveUnpaired({ margin, rate });
    const random = new Random(8);
    const runs = 300;
    let passed = 0;
    for (let run = 0; run < runs; run++) {
      const side = () => ({ events: random.binomial(trials, rate), trials });
      const { high } = proportionDifference(side(), side(), { alpha: 0.1 });
      if (high < margin) passed++;
    }
    expect(passed / runs).toBeGreaterThan(0.8 - 0.12);
    expect(passed / runs).toBeLessThan(0.97);
  });
});
