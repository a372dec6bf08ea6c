import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { averagePrecision, rocAuc } from '#core/evaluation/curves.ts';
import { countScores, rankingOf, sortedScores } from '#core/evaluation/ranking.ts';
import type { EvaluatedRows } from '#core/evaluation/rows.ts';
import {
  binnedCurves,
  mergeScoreHistograms,
  scoreHistogram,
  type ScoreHistogram,
} from '#core/evaluation/score-histogram.ts';
import { selectRows } from '#core/evaluation/slices.ts';
import { makeRows } from './make-rows.ts';

/** Scores with ties, close pairs, and what a 32-bit float has at its ends. */
const score = fc.oneof(
  fc.constantFrom(0, -0, 1, 0.5, 2 ** -149, 1 - 2 ** -24, 2 ** -126),
  fc.integer({ min: 0, max: 8 }).map((eighths) => eighths / 8),
  fc.float({ min: 0, max: 1, noNaN: true }),
);
const scored = fc.array(fc.tuple(score, fc.boolean()), { minLength: 1, maxLength: 60 });
type Scored = readonly (readonly [number, boolean])[];

const rowsOf = (scored: Scored): EvaluatedRows => ({
  task: 'classification',
  count: scored.length,
  classes: ['no', 'yes'],
  positive: 1,
  truth: Int32Array.from(scored, ([, yes]) => (yes ? 1 : 0)),
  challenger: {
    predicted: Int32Array.from(scored, ([p]) => (p > 0.5 ? 1 : 0)),
    probabilities: Float32Array.from(scored.flatMap(([p]) => [1 - p, p])),
  },
  slices: {},
});

/** By its meaning: all pairs. */
function pairs(scored: Scored): number {
  const [yes, no] = [true, false].map((wanted) =>
    scored.filter(([, is]) => is === wanted).map(([p]) => Math.fround(p)),
  );
  const won = (yes ?? []).flatMap((a) => (no ?? []).map((b): number => (a > b ? 1 : a === b ? 0.5 : 0)));
  return won.reduce((sum, one) => sum + one, 0) / won.length;
}

/** By its meaning: for each row of the class, how many of those that score at least as high are of it. */
function precisions(scored: Scored): number {
  const yes = scored.filter(([, is]) => is);
  if (yes.length === 0) return 0;
  const of = yes.map(([p]) => {
    const above = scored.filter(([other]) => Math.fround(other) >= Math.fround(p));
    return above.filter(([, is]) => is).length / above.length;
  });
  return of.reduce((sum, one) => sum + one, 0) / yes.length;
}

describe('curves', () => {
  test('are what they mean', () => {
    fc.assert(
      fc.property(scored, (scored) => {
        const rows = rowsOf(scored);
        const area = pairs(scored);
        if (Number.isNaN(area)) expect(rocAuc(rows, 'challenger')).toBeNull();
        else expect(rocAuc(rows, 'challenger')).toBeCloseTo(area, 12);
        expect(averagePrecision(rows, 'challenger')).toBeCloseTo(precisions(scored), 12);
      }),
      { numRuns: 500 },
    );
  });

  test('do not depend on the order of the rows', () => {
    const rows = makeRows({ rows: 100, classes: 3 });
    const turned = selectRows(
      rows,
      Uint32Array.from({ length: 100 }, (_, row) => 99 - row),
    );
    expect(rocAuc(turned, 'champion')).toBeCloseTo(rocAuc(rows, 'champion') as number, 13);
    expect(averagePrecision(turned, 'champion')).toBeCloseTo(averagePrecision(rows, 'champion') as number, 13);
  });

  test.each([
    ['no rows', rowsOf([])],
    [
      'a score that is no number',
      rowsOf([
        [Number.NaN, true],
        [0.5, false],
      ]),
    ],
    [
      'no probabilities',
      {
        ...rowsOf([
          [0.1, true],
          [0.5, false],
        ]),
        challenger: { predicted: Int32Array.of(0, 1) },
      },
    ],
  ])('of %s are not there', (_, rows) => {
    expect(rocAuc(rows, 'challenger')).toBeNull();
    expect(averagePrecision(rows, 'challenger')).toBeNull();
  });

  test('of several classes are the mean of each against the rest', () => {
    const rows = makeRows({ rows: 80, classes: 3 });
    const each = [0, 1, 2].map((positive) => rocAuc({ ...rows, positive }, 'challenger') as number);
    expect(rocAuc(rows, 'challenger')).toBeCloseTo(each.reduce((sum, one) => sum + one, 0) / 3, 13);
  });
});

test('a ranking counts as often as it is told to: rows come twice, or not at all', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(score, fc.boolean(), fc.integer({ min: 0, max: 3 })), { minLength: 1 }), (all) => {
      const scores = Float32Array.from(all, ([p]) => p);
      const hits = Uint8Array.from(all, ([, yes]) => (yes ? 1 : 0));
      const ranking = rankingOf(scores, hits);
      const weights = Int32Array.from(all, ([, , times]) => times);
      const counts = countScores(ranking, weights, new Int32Array(2 * ranking.scores));
      const repeated = all.flatMap(([p, yes, times]) => Array.from({ length: times }, () => [p, yes] as const));
      const direct = sortedScores(
        Float32Array.from(repeated, ([p]) => p),
        Uint8Array.from(repeated, ([, yes]) => (yes ? 1 : 0)),
      );
      const groups = (given: Int32Array) =>
        Array.from({ length: given.length / 2 }, (_, place) => `${given[2 * place]} ${given[2 * place + 1]}`);
      expect(groups(counts).filter((group) => group !== '0 0')).toEqual(groups(direct));
    }),
  );
});

describe('curves from bins', () => {
  const near = fc.array(
    fc.tuple(fc.float({ min: Math.fround(0.4), max: Math.fround(0.401), noNaN: true }), fc.boolean()),
    { minLength: 1, maxLength: 60 },
  );

  test.each([
    ['of any scores', scored],
    ['of scores that share few bins', near],
  ])('%s are within the bound', (_, scored) => {
    fc.assert(
      fc.property(scored, (scored) => {
        const rows = rowsOf(scored);
        const { roc_auc: roc, average_precision: precision } = binnedCurves(scoreHistogram(rows, 'challenger'));
        const exact = rocAuc(rows, 'challenger');
        if (exact === null) expect(roc).toBeNull();
        else expect(Math.abs((roc?.value ?? Number.NaN) - exact)).toBeLessThanOrEqual((roc?.bound ?? 0) + 1e-12);
        const distance = Math.abs((precision?.value ?? Number.NaN) - (averagePrecision(rows, 'challenger') as number));
        expect(distance).toBeLessThanOrEqual((precision?.bound ?? 0) + 1e-12);
      }),
      { numRuns: 200 },
    );
  });

  test('have a small bound where there are many rows', () => {
    const { roc_auc: roc, average_precision: precision } = binnedCurves(
      scoreHistogram(makeRows({ rows: 20_000 }), 'challenger'),
    );
    expect(roc?.bound).toBeLessThan(0.001);
    expect(precision?.bound).toBeLessThan(0.001);
  });

  test('of parts add up to those of all, through JSON', () => {
    const rows = makeRows({ rows: 200, classes: 3 });
    const parts = [0, 1].map((part) =>
      scoreHistogram(
        selectRows(
          rows,
          Uint32Array.from({ length: 100 }, (_, row) => 2 * row + part),
        ),
        'champion',
      ),
    );
    const merged = mergeScoreHistograms(JSON.parse(JSON.stringify(parts)) as ScoreHistogram[]);
    expect(merged).toEqual(scoreHistogram(rows, 'champion'));
  });

  test('with a score that is no number are not there', () => {
    const histogram = scoreHistogram(
      rowsOf([
        [Number.NaN, true],
        [0.5, false],
      ]),
      'challenger',
    );
    expect(histogram.unusable).toBe(1);
    expect(binnedCurves(histogram)).toEqual({ roc_auc: null, average_precision: null });
  });

  test('need probabilities', () => {
    const { probabilities, ...predictions } = rowsOf([[0.5, true]]).challenger;
    expect(probabilities).toBeDefined();
    expect(() => scoreHistogram({ ...rowsOf([[0.5, true]]), challenger: predictions }, 'challenger')).toThrow(
      TypeError,
    );
  });
});
