import { describe, expect, test } from 'vitest';
import { evaluate } from '#core/evaluation/evaluate.ts';
import { demographicParity, equalOpportunity } from '#core/evaluation/fairness.ts';
import type { EvaluatedRows, SliceColumn } from '#core/evaluation/rows.ts';
import { selectRows, sliceIndices } from '#core/evaluation/slices.ts';
import { binomialCdf } from '#core/evaluation/statistics/beta.ts';
import { clopperPearson } from '#core/evaluation/statistics/proportions.ts';
import { makeRows } from './make-rows.ts';

describe('the rows of a slice', () => {
  test('are those of its value, ascending; a value may have none', () => {
    const column: SliceColumn = { values: ['a', 'b', 'c'], of: Uint16Array.of(2, 0, 2, 2, 0) };
    expect(sliceIndices(column)).toEqual([Uint32Array.of(1, 4), new Uint32Array(), Uint32Array.of(0, 2, 3)]);
  });

  test('are taken with all that belongs to them', () => {
    const rows = makeRows({ rows: 50, classes: 3 });
    const picked = selectRows(rows, Uint32Array.of(7, 3, 7));
    expect(picked.count).toBe(3);
    for (const [at, row] of [7, 3, 7].entries()) {
      expect(picked.truth[at]).toBe(rows.truth[row]);
      expect(picked.champion?.predicted[at]).toBe(rows.champion?.predicted[row]);
      expect(picked.slices['group']?.of[at]).toBe(rows.slices['group']?.of[row]);
      const of = (from: EvaluatedRows, index: number) => from.challenger.probabilities?.slice(3 * index, 3 * index + 3);
      expect(of(picked, at)).toEqual(of(rows, row));
    }
  });

  test('of a regression stay numbers', () => {
    const picked = selectRows(makeRows({ rows: 9, classes: 0 }), Uint32Array.of(8));
    expect(picked.truth).toBeInstanceOf(Float64Array);
    expect(picked.challenger).not.toHaveProperty('probabilities');
  });

  test('need no champion', () => {
    const { champion, ...alone } = makeRows({ rows: 9 });
    expect(champion).toBeDefined();
    expect(selectRows(alone, Uint32Array.of(1))).not.toHaveProperty('champion');
  });

  test('come to the accuracy of all, weighted', () => {
    const rows = makeRows({ rows: 500 });
    const parts = sliceIndices(rows.slices['group'] as SliceColumn).map((indices) => selectRows(rows, indices));
    const right = parts.reduce(
      (sum, part) => sum + part.count * (evaluate(part, 'challenger')['accuracy'] as number),
      0,
    );
    expect(right / 500).toBeCloseTo(evaluate(rows, 'challenger')['accuracy'] as number, 12);
  });
});

/** Of each group: rows, how many are given to the class, how many of the class there are, and of these are found. */
function grouped(
  groups: readonly (readonly [rows: number, given: number, truth: number, found: number])[],
): EvaluatedRows {
  const all = groups.flatMap(([rows, given, truth, found], group) =>
    Array.from({ length: rows }, (_, row) => ({
      group,
      truth: row < truth ? 1 : 0,
      predicted: row < found || (row >= truth && row < truth + given - found) ? 1 : 0,
    })),
  );
  return {
    task: 'classification',
    count: all.length,
    classes: ['no', 'yes'],
    positive: 1,
    truth: Int32Array.from(all, ({ truth }) => truth),
    challenger: { predicted: Int32Array.from(all, ({ predicted }) => predicted) },
    slices: {
      group: { values: groups.map((_, group) => `g${group}`), of: Uint16Array.from(all, ({ group }) => group) },
    },
  };
}

describe('fairness', () => {
  const rows = grouped([
    [100, 50, 40, 36],
    [200, 60, 50, 30],
    [50, 20, 10, 8],
  ]);

  test('of being given to the class: rates, their difference and ratio', () => {
    const found = demographicParity(rows, 'challenger', 'group');
    expect(found?.groups.map(({ value, rate, trials }) => [value, rate, trials])).toEqual([
      ['g0', 0.5, 100],
      ['g1', 0.3, 200],
      ['g2', 0.4, 50],
    ]);
    expect(found?.difference).toBeCloseTo(0.2, 12);
    expect(found?.ratio).toBeCloseTo(0.6, 12);
  });

  test('of being found, of the rows of the class', () => {
    const found = equalOpportunity(rows, 'challenger', 'group');
    expect(found?.groups.map(({ events, trials }) => [events, trials])).toEqual([
      [36, 40],
      [30, 50],
      [8, 10],
    ]);
    expect(found?.difference).toBeCloseTo(0.3, 12);
    expect(found?.ratio).toBeCloseTo(2 / 3, 12);
  });

  test('of two groups goes from exact bound to exact bound; of more none is nearer', () => {
    const two = demographicParity(
      grouped([
        [100, 50, 40, 36],
        [200, 60, 50, 30],
      ]),
      'challenger',
      'group',
      { alpha: 0.1 },
    );
    const bounds = (alpha: number) => [
      clopperPearson({ events: 50, trials: 100 }, alpha),
      clopperPearson({ events: 60, trials: 200 }, alpha),
    ];
    const [[wideA, wideB], [widerA, widerB]] = [bounds(0.05), bounds(0.025)];
    const alone = { low: widerA!.low - widerB!.high, high: wideA!.high - wideB!.low };
    expect(two?.differenceInterval).toEqual(alone);
    const three = demographicParity(rows, 'challenger', 'group', { alpha: 0.1 });
    expect(three?.differenceInterval.low).toBeLessThan(alone.low);
    expect(three?.differenceInterval.high).toBeGreaterThanOrEqual(alone.high);
  });

  test('holds what was seen in its intervals', () => {
    const found = equalOpportunity(makeRows({ rows: 400, groups: 5 }), 'challenger', 'group');
    const { difference = 0, ratio, differenceInterval, ratioInterval } = found ?? {};
    expect(differenceInterval?.low).toBeLessThanOrEqual(difference);
    expect(differenceInterval?.high).toBeGreaterThanOrEqual(difference);
    expect(ratioInterval?.low).toBeLessThanOrEqual(ratio ?? 0);
    expect(ratioInterval?.high).toBeGreaterThanOrEqual(ratio ?? 1);
    expect(ratioInterval?.high).toBeLessThanOrEqual(1);
  });

  test.each([
    [20, 20, 0.1],
    [30, 10, 0.1],
    [30, 30, 0.4],
    [100, 5, 0.02],
  ])('of %d and %d rows misses neither end more often than it says, reckoned exactly: %d', (first, second, alpha) => {
    const all = Array.from({ length: first + 1 }, (_, a) =>
      Array.from(
        { length: second + 1 },
        (_, b) =>
          demographicParity(
            grouped([
              [first, a, 0, 0],
              [second, b, 0, 0],
            ]),
            'challenger',
            'group',
            { alpha },
          )!.differenceInterval,
      ),
    );
    const chances = (n: number, p: number) =>
      Array.from({ length: n + 1 }, (_, k) => binomialCdf(k, n, p) - binomialCdf(k - 1, n, p));
    let [tooLow, tooHigh] = [0, 0];
    for (const apart of [0.01, 0.1, 0.3, 0.6]) {
      for (let step = 0; step <= 10; step++) {
        const least = ((1 - apart) * step) / 10;
        const [ofFirst, ofSecond] = [chances(first, least + apart), chances(second, least)];
        let [under, over] = [0, 0];
        for (const [a, row] of all.entries()) {
          for (const [b, { low, high }] of row.entries()) {
            const chance = ofFirst[a]! * ofSecond[b]!;
            if (high <= apart) under += chance;
            if (low > apart) over += chance;
          }
        }
        [tooLow, tooHigh] = [Math.max(tooLow, under), Math.max(tooHigh, over)];
      }
    }
    expect(tooLow).toBeGreaterThan(0);
    expect(tooLow).toBeLessThanOrEqual(alpha / 2);
    expect(tooHigh).toBeLessThanOrEqual(alpha / 2);
  });

  test('of rates that are all 0 has no ratio, and is sure of little', () => {
    const found = demographicParity(
      grouped([
        [20, 0, 5, 0],
        [30, 0, 5, 0],
      ]),
      'challenger',
      'group',
    );
    expect(found).toMatchObject({ difference: 0, ratio: null, ratioInterval: { low: 0, high: 1 } });
    expect(found?.differenceInterval.high).toBeGreaterThan(0.1);
  });

  test('leaves out groups without rows of the class', () => {
    const found = equalOpportunity(
      grouped([
        [20, 5, 5, 5],
        [30, 6, 0, 0],
        [10, 5, 5, 5],
      ]),
      'challenger',
      'group',
    );
    expect(found?.groups.map(({ value }) => value)).toEqual(['g0', 'g2']);
  });

  test.each([
    ['the column is not there', { ...rows, slices: {} }],
    ['no class is positive', makeRows({ rows: 30, classes: 3 })],
    ['there is but one group', grouped([[20, 5, 5, 5]])],
    ['the column has the name of a method', rows, 'constructor'],
  ])('is not there where %s', (_, given, column = 'group') => {
    expect(demographicParity(given, 'challenger', column)).toBeUndefined();
    expect(equalOpportunity(given, 'challenger', column)).toBeUndefined();
  });
});
