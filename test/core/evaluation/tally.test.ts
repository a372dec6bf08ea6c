import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { metricsOf } from '#core/evaluation/metrics-of.ts';
import type { EvaluatedRows } from '#core/evaluation/rows.ts';
import { selectRows } from '#core/evaluation/slices.ts';
import { Adding, addSums, valueOf } from '#core/evaluation/sum.ts';
import { mergeTallies, type Tally, tallyOf } from '#core/evaluation/tally.ts';
import { makeRows } from './make-rows.ts';
import { near } from './reference.ts';

/** The rows in pieces, cut at those places. */
function cut(rows: EvaluatedRows, places: readonly number[]): EvaluatedRows[] {
  const ends = [0, ...places.map((place) => Math.min(place, rows.count)).sort((a, b) => a - b), rows.count];
  return ends.slice(1).map((end, index) => {
    const from = ends[index] as number;
    return selectRows(
      rows,
      Uint32Array.from({ length: end - from }, (_, row) => from + row),
    );
  });
}

const kinds = [
  ['two classes', makeRows({ rows: 300 })],
  ['seven classes', makeRows({ rows: 300, classes: 7 })],
  ['a regression', makeRows({ rows: 300, classes: 0 })],
] as const;
const places = fc.array(fc.integer({ min: 0, max: 300 }), { maxLength: 6 });

describe.each(kinds)('tallies of %s', (_, rows) => {
  const whole = tallyOf(rows, 'challenger');

  test('put together are the tally of all rows, however these were cut', () => {
    fc.assert(
      fc.property(places, (places) => {
        const merged = mergeTallies(cut(rows, places).map((piece) => tallyOf(piece, 'challenger')));
        for (const [name, expected] of Object.entries(metricsOf(whole))) near(metricsOf(merged)[name], expected, 1e-13);
        if (merged.task === 'classification')
          expect(merged).toMatchObject({ rows: 300, confusion: (whole as typeof merged).confusion });
      }),
    );
  });

  test('may be put together in steps', () => {
    const [a, b, c] = cut(rows, [70, 200]).map((piece) => tallyOf(piece, 'challenger')) as [Tally, Tally, Tally];
    const left = metricsOf(mergeTallies([mergeTallies([a, b]), c]));
    const right = metricsOf(mergeTallies([a, mergeTallies([b, c])]));
    for (const [name, value] of Object.entries(left)) near(right[name], value, 1e-13);
  });

  test('are plain JSON: written and read, they come to the same bits', () => {
    const pieces = cut(rows, [10, 100, 101]).map((piece) => tallyOf(piece, 'challenger'));
    const read = JSON.parse(JSON.stringify(pieces)) as Tally[];
    expect(mergeTallies(read)).toEqual(mergeTallies(pieces));
  });

  test('of no rows change nothing', () => {
    const none = tallyOf(selectRows(rows, new Uint32Array()), 'challenger');
    expect(mergeTallies([none, whole])).toEqual(whole);
    expect(mergeTallies([whole, none])).toEqual(whole);
    expect(Object.values(metricsOf(none)).every((value) => value === null)).toBe(true);
  });

  test('look at the side that is asked for', () => {
    expect(tallyOf(rows, 'champion')).not.toEqual(whole);
    const { champion, ...alone } = rows;
    expect(champion).toBeDefined();
    expect(() => tallyOf(alone, 'champion')).toThrow(new TypeError('There is no champion to look at.'));
  });
});

describe('numbers that are not finite', () => {
  test('in probabilities leave no loss, and do not touch what is counted', () => {
    const rows = makeRows({ rows: 20 });
    const clean = metricsOf(tallyOf(rows, 'challenger'));
    (rows.challenger.probabilities as Float32Array)[7] = Number.NaN;
    const found = metricsOf(tallyOf(rows, 'challenger'));
    expect(found).toMatchObject({ log_loss: null, brier_score: null, ece: null, accuracy: clean['accuracy'] });
  });

  test.each([Number.NaN, Infinity])(
    'in a regression (%d) leave no metric, and are still counted after JSON',
    (value) => {
      const rows = makeRows({ rows: 20, classes: 0 });
      (rows.challenger.predicted as Float64Array)[3] = value;
      const tally = JSON.parse(JSON.stringify(tallyOf(rows, 'challenger'))) as Tally;
      const merged = mergeTallies([tally, tallyOf(makeRows({ rows: 5, classes: 0 }), 'challenger')]);
      expect(Object.values(metricsOf(merged))).toEqual([null, null, null, null]);
      expect(merged).toMatchObject({ rows: 25, unusable: 1 });
    },
  );
});

test('a classification and a regression do not add up', () => {
  const tallies = kinds.map(([, rows]) => tallyOf(rows, 'challenger'));
  expect(() => mergeTallies(tallies)).toThrow(TypeError);
});

test('targets far from 0 lose no digits of their spread', () => {
  const rows = makeRows({ rows: 400, classes: 0 });
  const far = {
    ...rows,
    truth: rows.truth.map((target) => target + 1e9),
    challenger: { predicted: rows.challenger.predicted.map((value) => value + 1e9) },
  };
  const merged = mergeTallies(cut(far as EvaluatedRows, [13, 200]).map((piece) => tallyOf(piece, 'challenger')));
  near(metricsOf(merged)['r2'], metricsOf(tallyOf(rows, 'challenger'))['r2'] as number, 1e-7);
});

describe('a sum', () => {
  test('keeps what rounding leaves out', () => {
    const adding = new Adding();
    for (const term of [1e16, 1, 1, -1e16]) adding.add(term);
    expect(valueOf(adding.result())).toBe(2);
  });

  test('of ten million small terms is right to the last digits', () => {
    const adding = new Adding();
    for (let term = 0; term < 1e7; term++) adding.add(0.1);
    expect(valueOf(adding.result())).toBe(1e6);
  });

  test('of sums is the sum of all', () => {
    expect(
      valueOf(
        addSums([
          [1e16, 1],
          [1, 0],
          [-1e16, 0.5],
        ]),
      ),
    ).toBe(2.5);
    expect(addSums([])).toEqual([0, 0]);
  });
});
