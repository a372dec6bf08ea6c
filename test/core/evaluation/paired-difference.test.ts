import { describe, expect, test } from 'vitest';
import { evaluate } from '#core/evaluation/evaluate.ts';
import { interval } from '#core/evaluation/interval.ts';
import { metricNamed, metricsFor } from '#core/evaluation/metrics.ts';
import { pairedCounts, pairedDifference } from '#core/evaluation/paired-difference.ts';
import type { EvaluatedRows } from '#core/evaluation/rows.ts';
import { Random } from '#core/evaluation/statistics/random.ts';
import { wilson } from '#core/evaluation/statistics/proportions.ts';
import { tangoInterval } from '#core/evaluation/statistics/tango.ts';
import { makeRows } from './make-rows.ts';

const kinds = [
  ['two classes', makeRows({ rows: 300, skill: [1.2, 1] })],
  ['four classes', makeRows({ rows: 300, classes: 4, skill: [1.2, 1] })],
  ['a regression', makeRows({ rows: 300, classes: 0, skill: [1.2, 1] })],
] as const;
const swapped = (rows: EvaluatedRows): EvaluatedRows => ({
  ...rows,
  challenger: rows.champion as EvaluatedRows['challenger'],
  champion: rows.challenger,
});
const options = { replicates: 400 };

describe.each(kinds)('of %s', (_, rows) => {
  const names = metricsFor(rows, rows.task === 'classification').map(({ name }) => name);

  test.each(names)('the difference of %s is that of both values, within its interval', (name) => {
    const { challenger, champion, difference, low, high } = pairedDifference(name, rows, options);
    expect(challenger).toBeCloseTo(evaluate(rows, 'challenger')[name] as number, 12);
    expect(champion).toBeCloseTo(evaluate(rows, 'champion')[name] as number, 12);
    expect(difference).toBe((challenger as number) - (champion as number));
    expect(low).toBeLessThan(difference as number);
    expect(high).toBeGreaterThan(difference as number);
  });

  test.each(names)(
    '%s of models that never differ is no difference, surely (what unseen rows could change: nearly)',
    (name) => {
      const { difference, low, high, method } = pairedDifference(name, { ...rows, champion: rows.challenger }, options);
      expect(difference).toBe(0);
      const unseen = metricNamed(name).range.some((end) => !Number.isFinite(end));
      expect(Math.max(-(low as number), high as number)).toBeLessThan(unseen || method === 'tango' ? 0.06 : 1e-15);
    },
  );

  test.each(names)('%s turns its sign with the sides', (name) => {
    const [one, other] = [rows, swapped(rows)].map((given) => pairedDifference(name, given, { replicates: 2000 }));
    const width = (one?.high as number) - (one?.low as number);
    expect(Math.abs((one?.low as number) + (other?.high as number))).toBeLessThan(0.1 * width);
  });

  test.each(names)('the interval of %s holds its value and stays within its range', (name) => {
    const { value, low, high } = interval(name, rows, 'champion', options);
    const [metric] = metricsFor(rows, true).filter((one) => one.name === name);
    expect(value).toBeCloseTo(evaluate(rows, 'champion')[name] as number, 12);
    expect(low).toBeLessThan(value as number);
    expect(high).toBeGreaterThan(value as number);
    expect(low).toBeGreaterThanOrEqual(metric?.range[0] as number);
    expect(high).toBeLessThanOrEqual(metric?.range[1] as number);
  });
});

describe('shares of rows', () => {
  const [, rows] = kinds[0];
  const right = (row: number, side: 'challenger' | 'champion') => rows[side]?.predicted[row] === rows.truth[row];

  test('of all rows have the paired score interval', () => {
    const counts = pairedCounts(rows);
    const every = [...rows.truth.keys()];
    expect(counts).toEqual({
      rows: 300,
      gained: every.filter((row) => right(row, 'challenger') && !right(row, 'champion')).length,
      lost: every.filter((row) => !right(row, 'challenger') && right(row, 'champion')).length,
    });
    const { low, high } = tangoInterval(counts, 0.1);
    for (const name of ['accuracy', 'f1_micro']) {
      expect(pairedDifference(name, rows, { alpha: 0.1 })).toMatchObject({
        method: 'tango',
        counts,
        low,
        high,
        rows: 300,
      });
    }
  });

  test.each(['recall', 'recall:class 1'])('of a class, by %s, have that of its rows', (name) => {
    const ofClass = [...rows.truth].filter((truth) => truth === 1).length;
    expect(pairedDifference(name, rows)).toMatchObject({ method: 'tango', rows: ofClass });
  });

  test("of one model have Wilson's", () => {
    const hits = [...rows.truth.keys()].filter((row) => right(row, 'champion')).length;
    const expected = wilson({ events: hits, trials: 300 });
    expect(interval('accuracy', rows, 'champion')).toMatchObject({ method: 'wilson', rows: 300, ...expected });
  });

  test.each(['precision:class 0', 'recall:class 0', 'precision', 'recall'])(
    "by %s have Wilson's, of their rows",
    (name) => {
      const { method, rows: counted, low, high, value } = interval(name, rows, 'challenger');
      expect(method).toBe('wilson');
      expect({ low, high }).toEqual(wilson({ events: Math.round((value as number) * counted), trials: counted }));
    },
  );

  test.each(['f1:class 0', 'precision_macro'])('are not %s', (name) => {
    expect(interval(name, rows, 'challenger', options).method).toBe('bootstrap');
    expect(pairedDifference(name, rows, options).method).toBe('bootstrap');
  });
});

describe('what cannot be had is null, and so are its ends', () => {
  const [, rows] = kinds[0];
  const nothing = { low: null, high: null };
  const noProbabilities = { ...rows, challenger: { predicted: rows.challenger.predicted } };
  const oneClass = { ...rows, truth: new Int32Array(300) };
  const notANumber = makeRows({ rows: 30, classes: 0 });
  (notANumber.challenger.predicted as Float64Array)[3] = Number.NaN;

  test.each([
    ['a metric of the other task', 'r2', rows],
    ['a class that there is not', 'recall:class 9', rows],
    ['no positive class', 'f1', kinds[1][1]],
    ['no probabilities', 'log_loss', noProbabilities],
    ['no probabilities', 'roc_auc', noProbabilities],
    ['no rows', 'accuracy', makeRows({ rows: 0 })],
    ['no rows', 'r2', makeRows({ rows: 0, classes: 0 })],
    ['but one class', 'roc_auc', oneClass],
    ['a prediction that is no number', 'mean_absolute_error', notANumber],
  ])('%s: %s', (_, name, given) => {
    expect(interval(name, given, 'challenger')).toMatchObject({ value: null, ...nothing });
    expect(pairedDifference(name, given)).toMatchObject({ difference: null, ...nothing });
  });

  test('a class of two rows, which many a replicate lacks', () => {
    const truth = Int32Array.from({ length: 40 }, (_, row) => (row < 2 ? 1 : 0));
    const given = { ...makeRows({ rows: 40 }), truth };
    expect(pairedDifference('roc_auc', given).difference).not.toBeNull();
    expect(pairedDifference('roc_auc', given)).toMatchObject(nothing);
  });

  test('a name that is none is refused, and so is a champion that is not there', () => {
    expect(() => pairedDifference('acuracy', rows)).toThrow(expect.objectContaining({ code: 'evaluation.metric' }));
    expect(() => interval('acuracy', rows, 'challenger')).toThrow(
      expect.objectContaining({ code: 'evaluation.metric' }),
    );
    const { champion, ...alone } = rows;
    expect(champion).toBeDefined();
    expect(() => pairedDifference('accuracy', alone)).toThrow(TypeError);
    expect(() => interval('f1', alone, 'champion')).toThrow(TypeError);
  });
});

describe('many rows', () => {
  const rows = makeRows({ rows: 60_000, skill: [1.1, 1] });

  test('are drawn in blocks, which gives what rows apart would give', () => {
    const { low, high } = pairedDifference('brier_score', rows);
    const loss = (row: number, side: 'challenger' | 'champion') =>
      ((rows[side]?.probabilities?.[2 * row + 1] as number) - (rows.truth[row] as number)) ** 2;
    const differences = Float64Array.from(
      { length: rows.count },
      (_, row) => loss(row, 'challenger') - loss(row, 'champion'),
    );
    const mean = differences.reduce((sum, value) => sum + value, 0) / rows.count;
    const error = Math.sqrt(differences.reduce((sum, value) => sum + (value - mean) ** 2, 0)) / rows.count;
    expect(Math.abs((low as number) - (mean - 1.96 * error))).toBeLessThan(0.15 * error);
    expect(Math.abs((high as number) - (mean + 1.96 * error))).toBeLessThan(0.15 * error);
  });

  test('sorted by what they are about give the same interval', () => {
    const order = Uint32Array.from(rows.truth.keys()).sort(
      (a, b) => (rows.truth[a] as number) - (rows.truth[b] as number),
    );
    const truth = Int32Array.from(order, (row) => rows.truth[row] as number);
    const pick = (side: 'challenger' | 'champion') => ({
      predicted: Int32Array.from(order, (row) => rows[side]?.predicted[row] as number),
      probabilities: Float32Array.from(
        [...order].flatMap((row) => [...(rows[side]?.probabilities?.subarray(2 * row, 2 * row + 2) ?? [])]),
      ),
    });
    const sorted = { ...rows, truth, challenger: pick('challenger'), champion: pick('champion') };
    const width = (given: EvaluatedRows) => {
      const { low, high } = pairedDifference('log_loss', given);
      return (high as number) - (low as number);
    };
    expect(width(sorted) / width(rows)).toBeGreaterThan(0.9);
    expect(width(sorted) / width(rows)).toBeLessThan(1.1);
  });

  test('are ranked in part, and the interval is scaled to all', () => {
    const all = pairedDifference('roc_auc', rows);
    expect(all).toMatchObject({ method: 'bootstrap', rows: 60_000, sampled: 20_000 });
    const few = pairedDifference('roc_auc', makeRows({ rows: 15_000, skill: [1.1, 1] }), { replicates: 1000 });
    expect(few).not.toHaveProperty('sampled');
    const width = ({ low, high }: { low: number | null; high: number | null }) => (high as number) - (low as number);
    // Four times the rows: half as wide.
    expect(width(all) / width(few)).toBeGreaterThan(0.42);
    expect(width(all) / width(few)).toBeLessThan(0.58);
  });

  test('of many classes are ranked in a smaller part', () => {
    const many = makeRows({ rows: 6000, classes: 6 });
    expect(interval('average_precision', many, 'challenger', { replicates: 100 })).toMatchObject({ sampled: 3333 });
  });
});

test('the same seed gives the same, another one another interval', () => {
  const [, rows] = kinds[0];
  expect(pairedDifference('f1', rows, { seed: 3 })).toEqual(pairedDifference('f1', rows, { seed: 3 }));
  expect(pairedDifference('f1', rows, { seed: 3 }).low).not.toBe(pairedDifference('f1', rows, { seed: 4 }).low);
});

test.each(['f1_macro', 'log_loss', 'roc_auc'])(
  'nineteen intervals of twenty hold the true difference of %s',
  (name) => {
    // Both models are equally good: the true difference is 0.
    const runs = 200;
    let held = 0;
    for (let run = 0; run < runs; run++) {
      const { low, high } = pairedDifference(name, makeRows({ rows: 150, seed: 500 + run }), {
        seed: run,
        replicates: 400,
      });
      if ((low as number) <= 0 && 0 <= (high as number)) held++;
    }
    // Three standard errors, and a little for so few rows.
    expect(held / runs).toBeGreaterThan(0.95 - 0.046 - 0.01);
  },
);

test.each([
  [100, 0.05],
  [600, 0.05],
])(
  'of %i rows, the interval of an ECE of %d holds it at least nine times of ten, though chance inflates it',
  (count, error) => {
    const runs = 200;
    let held = 0;
    for (let run = 0; run < runs; run++) {
      const rows = tooSure(count, error, run);
      const { low, high } = interval('ece', rows, 'challenger', { seed: run, replicates: 400 });
      if ((low as number) <= error && error <= (high as number)) held++;
    }
    expect(held / runs).toBeGreaterThan(0.88);
  },
);

/** Rows of a model that is right less often than it says, by `error`. */
function tooSure(count: number, error: number, seed: number): EvaluatedRows {
  const random = new Random(seed);
  const confidence = Float32Array.from({ length: count }, () => 0.55 + 0.44 * random.uniform());
  return {
    task: 'classification',
    count,
    classes: ['a', 'b'],
    positive: 1,
    truth: Int32Array.from(confidence, (sure) => (random.uniform() < sure - error ? 0 : 1)),
    challenger: {
      predicted: new Int32Array(count),
      probabilities: Float32Array.from([...confidence].flatMap((sure) => [sure, 1 - sure])),
    },
    slices: {},
  };
}
