import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Random } from '#core/evaluation/statistics/random.ts';
import { pairedR2 } from '#core/training/optimize/paired-r2.ts';
import { estimate, judgeQuality } from '#core/training/optimize/quality.ts';
import { classRows, valueRows } from './support/judged.ts';

describe('an accuracy', () => {
  test.each([
    [
      { both: 500 },
      0.01,
      'pass',
      'accuracy 1, before 1: at most 0.005974 worse with 95 % confidence; 0.01 worse is allowed.',
    ],
    [{ both: 480, wrong: 20 }, 0.01, 'pass', 'accuracy 0.96, before 0.96: at most 0.005974 worse'],
    [{ both: 499, lost: 1 }, 0.01, 'pass', 'accuracy 0.998, before 1: at most 0.009'],
    [{ both: 400, lost: 100 }, 0.01, 'fail', 'accuracy 0.8, before 1: at least 0.1'],
    [{ both: 400, won: 100 }, 0.01, 'pass', 'accuracy 1, before 0.8: at least 0.1'],
    [{ both: 45 }, 0.01, 'inconclusive', 'and 45 rows do not decide it. About 302 would.'],
    [{ both: 497, lost: 3 }, 0.01, 'inconclusive', 'from 0.01'],
    [{}, 0.01, 'inconclusive', 'accuracy unknown, before unknown: these rows do not tell the difference'],
  ])('of %j with a margin of %d: %s', (rows, margin, verdict, sentence) => {
    const { answer, quality } = judgeQuality(classRows(rows), margin);
    expect(answer).toMatchObject({ guard: 'quality', verdict });
    expect(answer.sentence).toContain(sentence);
    expect(quality.rowsNeeded !== undefined).toBe(verdict === 'inconclusive');
  });

  test('that is the same says how many rows it takes: as many decide it, and hardly fewer', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 250 }), (both) => {
        const { rowsNeeded = 0 } = judgeQuality(classRows({ both }), 0.01).quality;
        expect(judgeQuality(classRows({ both: rowsNeeded }), 0.01).answer.verdict).toBe('pass');
        expect(judgeQuality(classRows({ both: Math.floor(rowsNeeded * 0.95) }), 0.01).answer.verdict).toBe(
          'inconclusive',
        );
      }),
      { numRuns: 20 },
    );
  });

  const counts = fc.record({
    both: fc.nat(2000),
    lost: fc.nat(60),
    won: fc.nat(60),
    wrong: fc.nat(100),
  });

  test('that is lost beyond the margin never passes', () => {
    fc.assert(
      fc.property(counts, fc.double({ min: 0.0001, max: 0.2, noNaN: true }), (of, margin) => {
        const rows = classRows(of);
        const lost = (of.lost - of.won) / Math.max(1, rows.count);
        if (lost >= margin) expect(judgeQuality(rows, margin).answer.verdict).not.toBe('pass');
      }),
    );
  });

  test('of which more is lost never passes where less does not, and never fails where more does not', () => {
    const rank = { pass: 2, inconclusive: 1, fail: 0 };
    fc.assert(
      fc.property(counts, fc.integer({ min: 1, max: 50 }), (of, more) => {
        const before = judgeQuality(classRows({ ...of, both: of.both + more }), 0.01).answer.verdict;
        const after = judgeQuality(classRows({ ...of, lost: of.lost + more }), 0.01).answer.verdict;
        expect(rank[after]).toBeLessThanOrEqual(rank[before]);
      }),
    );
  });
});

describe('an R2', () => {
  const random = new Random(1);
  const rows = (count: number, noise: number, shift = 0) =>
    valueRows(
      Array.from({ length: count }, () => {
        const truth = 10 * random.uniform();
        const original = truth + 2 * (random.uniform() - 0.5);
        return [truth, original, original + shift + noise * (random.uniform() - 0.5)];
      }),
    );

  test.each([
    ['the same answers', 200, 0, 0, 'pass'],
    ['nearly the same', 200, 0.1, 0, 'pass'],
    ['far from it', 200, 6, 0, 'fail'],
    ['all too large', 200, 0, 3, 'fail'],
    ['few rows', 58, 0, 0, 'inconclusive'],
  ])('%s', (_, count, noise, shift, verdict) => {
    const { answer, quality } = judgeQuality(rows(count, noise, shift), 0.01);
    expect(answer.verdict).toBe(verdict);
    expect(quality.metric).toBe('r2');
  });

  test('says how many rows it takes, and nothing of targets that do not vary', () => {
    expect(judgeQuality(rows(58, 0), 0.01).quality).toMatchObject({ rows: 58, rowsNeeded: 59, low: null });
    const flat = valueRows(Array.from({ length: 100 }, () => [1, 2, 3] as const));
    expect(judgeQuality(flat, 0.01).answer.verdict).toBe('inconclusive');
  });

  test('one row of many that is far off is not overlooked', () => {
    const most = Array.from({ length: 200 }, (_, row) => [row % 10, (row % 10) + 0.1, (row % 10) + 0.1] as const);
    expect(judgeQuality(valueRows(most), 0.01).answer.verdict).toBe('pass');
    expect(judgeQuality(valueRows([...most, [5, 5.1, 12]]), 0.01).answer.verdict).not.toBe('pass');
  });

  test('of a variant that is worse by the margin passes no more often than it says', () => {
    const draws = new Random(7);
    const [times, count, margin] = [30, 150, 0.05];
    let passed = 0;
    for (let time = 0; time < times; time++) {
      // Truth is uniform over 0 to 1, of variance 1/12; so much of it is what the variant's own noise takes.
      const spread = Math.sqrt(12 * (margin / 12));
      const drawn = Array.from({ length: count }, () => {
        const truth = draws.uniform();
        const original = truth + 0.3 * (draws.uniform() - 0.5);
        return [truth, original, original + spread * (draws.uniform() - 0.5)] as const;
      });
      const low = pairedR2(valueRows(drawn), 0.1)?.(count).low ?? -Infinity;
      if (low > -margin) passed += 1;
    }
    // 5 % of 30 are 1.5; 6 or more would come of chance three times in a thousand.
    expect(passed).toBeLessThan(6);
  });
});

test('an estimate has its interval', () => {
  const { metric, value, low, high } = estimate(classRows({ both: 96, lost: 4 }), 'challenger');
  expect([metric, value]).toEqual(['accuracy', 0.96]);
  expect(low).toBeLessThan(0.96);
  expect(high).toBeGreaterThan(0.96);
});
