import { describe, expect, test } from 'vitest';
import { binomialCdf } from '#core/evaluation/statistics/beta.ts';
import type { EvaluatedRows } from '#core/evaluation/rows.ts';
import { better } from '#core/release/gates/better.ts';
import { calibrated } from '#core/release/gates/calibrated.ts';
import { fair } from '#core/release/gates/fair.ts';
import { noSliceWorse } from '#core/release/gates/no-slice-worse.ts';
import { nonInferior } from '#core/release/gates/non-inferior.ts';
import { threshold } from '#core/release/gates/threshold.ts';
import { type Counts, evidenceOf, regressionRows, rowsOf, sliced, withoutChampion } from './evidence.ts';

const on = (counts: Counts) => evidenceOf(rowsOf(counts));
const alone = (rows: EvaluatedRows) => evidenceOf(withoutChampion(rows));

describe('a threshold', () => {
  const rows = on({ both: 340, gained: 6, lost: 4, neither: 10 });

  test.each([
    [0.9, 'pass', 'accuracy 0.9611 (at least 0.9399 with 95 % confidence) is at least 0.9.'],
    [0.96, 'inconclusive', 'may be at least 0.96, or not: 360 rows do not decide it.'],
    [0.995, 'fail', 'accuracy 0.9611 (at most 0.9763 with 95 % confidence) is not at least 0.995.'],
  ])('of accuracy, %d: %s', (value, verdict, sentence) => {
    const answer = threshold({ gate: 'atLeast', metric: 'accuracy', value }, rows);
    expect(answer).toMatchObject({ verdict, sentence: expect.stringContaining(sentence) });
    expect(answer.numbers).toMatchObject({ value: 346 / 360, limit: value, rows: 360, alpha: 0.05 });
  });

  test('asks the bound, which more confidence moves away', () => {
    const of = (alpha: number) => threshold({ gate: 'atLeast', metric: 'accuracy', value: 0.935, alpha }, rows).verdict;
    expect([of(0.2), of(0.05), of(0.001)]).toEqual(['pass', 'pass', 'inconclusive']);
  });

  test('of an error asks the other bound', () => {
    const errors = evidenceOf(regressionRows(300, (row) => 2 * Math.sin(row), Math.cos));
    const of = (value: number) => threshold({ gate: 'atMost', metric: 'root_mean_squared_error', value }, errors);
    expect([of(2).verdict, of(1.42).verdict, of(1).verdict]).toEqual(['pass', 'inconclusive', 'fail']);
    expect(of(2).sentence).toMatch(
      /^root_mean_squared_error 1\.41\d* \(at most 1\.\d+ with 95 % confidence\) is at most 2\.$/,
    );
  });

  test('needs no champion', () => {
    const answer = threshold(
      { gate: 'atLeast', metric: 'f1_macro', value: 0.9 },
      alone(rowsOf({ both: 200, neither: 2 })),
    );
    expect(answer.verdict).toBe('pass');
  });

  test.each(['roc_auc', 'log_loss', 'r2', 'f1:nobody'])('of what cannot be had never passes: %s', (metric) => {
    const answer = threshold({ gate: 'atLeast', metric, value: 0.0001 }, rows);
    expect(answer).toMatchObject({ verdict: 'inconclusive', sentence: `${metric} cannot be had of these rows.` });
  });

  test('is not sure of few rows that are all right, whatever the bootstrap says', () => {
    const perfect = (both: number) => threshold({ gate: 'atLeast', metric: 'f1_macro', value: 0.99 }, on({ both }));
    expect(perfect(20).verdict).toBe('inconclusive');
    expect(perfect(20).numbers).toMatchObject({ value: 1, low: 0.05 ** (1 / 20) });
    expect(perfect(297).verdict).toBe('inconclusive');
    expect(perfect(299).verdict).toBe('pass');
  });

  test.each([
    [0.05, 0.85, 16],
    [0.05, 0.93, 36],
    [0.05, 0.99, 268],
    [0.1, 0.93, 36],
    [0.2, 0.99, 60],
  ])(
    'of a share passes by chance no more often than alpha %d says: %d of %d rows, reckoned exactly',
    (alpha, value, n) => {
      for (const metric of ['accuracy', 'recall:yes', 'precision:yes']) {
        for (const rows of [n, 2 * n, 3 * n + 1]) {
          let most = -1;
          while (
            most < rows &&
            threshold({ gate: 'atLeast', metric, value, alpha }, shareOf(metric, rows, most + 1)).verdict === 'pass'
          )
            most++;
          expect(most < 0 ? 0 : binomialCdf(most, rows, 1 - value)).toBeLessThanOrEqual(alpha);
        }
      }
    },
  );

  test('of calibration is one of the expected calibration error', () => {
    const { challenger, ...rows } = rowsOf({ both: 400, neither: 100 });
    const sure = Float32Array.from({ length: 1000 }, (_, index) =>
      index % 2 === challenger.predicted[Math.floor(index / 2)] ? 0.8 : 0.2,
    );
    const evidence = evidenceOf({ ...rows, challenger: { ...challenger, probabilities: sure } });
    const of = (ece: number) => calibrated({ gate: 'calibrated', ece }, evidence);
    expect(of(0.1)).toMatchObject({ verdict: 'pass', sentence: expect.stringContaining('ece') });
    expect(of(0.005).verdict).not.toBe('pass');
    expect(calibrated({ gate: 'calibrated', ece: 0.1 }, on({ both: 10 })).verdict).toBe('inconclusive');
  });
});

describe('an error without an end', () => {
  const few = (rows: number) =>
    evidenceOf(
      regressionRows(
        rows,
        () => 0.1,
        () => 1,
      ),
    );
  const METRICS = ['mean_absolute_error', 'root_mean_squared_error', 'mean_absolute_percentage_error'] as const;

  test.each([1, 2, 3, 5, 10, 30, 58])('has no bounds of %d rows, and nothing passes', (rows) => {
    for (const metric of METRICS) {
      expect(threshold({ gate: 'atMost', metric, value: 1e9 }, few(rows))).toMatchObject({
        verdict: 'inconclusive',
        sentence: `${metric} has no bounds of ${rows} rows: 59 or more are needed.`,
        numbers: { low: null, high: null, rows },
      });
      expect(nonInferior({ gate: 'nonInferior', metric, margin: 1e9 }, few(rows))).toMatchObject({
        verdict: 'inconclusive',
        sentence: `The difference of ${metric} has no bounds of ${rows} rows: 59 or more are needed.`,
      });
      expect(better({ gate: 'better', metric }, few(rows)).verdict).toBe('inconclusive');
    }
    expect(threshold({ gate: 'atLeast', metric: 'r2', value: -1e9 }, few(rows)).verdict).toBe('inconclusive');
  });

  test('has bounds of 59, and of more the less alpha is', () => {
    for (const metric of METRICS.slice(0, 2)) {
      expect(threshold({ gate: 'atMost', metric, value: 1 }, few(59)).verdict).toBe('pass');
      expect(better({ gate: 'better', metric }, few(59)).verdict).toBe('pass');
      expect(threshold({ gate: 'atMost', metric, value: 1, alpha: 0.01 }, few(89)).verdict).toBe('inconclusive');
      expect(threshold({ gate: 'atMost', metric, value: 1, alpha: 0.01 }, few(90)).verdict).toBe('pass');
    }
  });

  test('of a slice is not told either', () => {
    const rows = regressionRows(
      80,
      () => 0.1,
      () => 1,
    );
    const of = Uint16Array.from({ length: 80 }, (_, row) => (row < 70 ? 0 : 1));
    const evidence = evidenceOf({ ...rows, slices: { site: { values: ['a', 'b'], of } } });
    const gate = { gate: 'noSliceWorse', metric: 'mean_absolute_error', margin: 5 } as const;
    expect(noSliceWorse(gate, evidence)).toMatchObject({
      verdict: 'inconclusive',
      sentence: expect.stringContaining('site b cannot be told (10 rows)'),
    });
  });

  test('that is rare and large is seen in one row, and then not passed over', () => {
    const errors = (row: number) => (row === 7 ? 50 : 0.5);
    const evidence = evidenceOf(regressionRows(100, errors, () => 0.5));
    const of = (margin: number) =>
      nonInferior({ gate: 'nonInferior', metric: 'mean_absolute_error', margin }, evidence).verdict;
    expect([of(0.6), of(1.4), of(5)]).toEqual(['inconclusive', 'inconclusive', 'pass']);
  });
});

describe('non-inferiority', () => {
  const gate = { gate: 'nonInferior', metric: 'accuracy', margin: 0.03 } as const;

  test.each<[string, Counts, string, string]>([
    ['an equal one', { both: 350, gained: 5, lost: 5 }, 'pass', 'at most 0.01616 worse'],
    ['the very same predictions', { both: 100 }, 'pass', 'at most 0.02951 worse'],
    ['the very same predictions of few rows', { both: 80 }, 'inconclusive', 'from 0.03675 worse to 0.03675 better'],
    ['a little worse', { both: 340, gained: 4, lost: 12 }, 'inconclusive', '356 rows do not decide it. About'],
    ['far worse', { both: 300, lost: 40, neither: 10 }, 'fail', 'at least 0.0874 worse'],
    ['far better', { both: 300, gained: 40 }, 'pass', 'at least 0.09001 better'],
  ])('%s: %s', (_, counts, verdict, sentence) => {
    const answer = nonInferior(gate, on(counts));
    expect(answer).toMatchObject({ verdict, sentence: expect.stringContaining(sentence) });
  });

  test('says how many rows decide, and so many do', () => {
    const counts = { both: 340, gained: 4, lost: 12 };
    const { numbers, sentence } = nonInferior(gate, on(counts));
    const factor = Number(/About (\d+) would/.exec(sentence)?.[1]) / Number(numbers['rows']);
    const times = (by: number) => on({ both: 340 * by, gained: 4 * by, lost: 12 * by });
    expect(nonInferior(gate, times(Math.ceil(factor * 1.2))).verdict).toBe('pass');
    expect(nonInferior(gate, times(Math.floor(factor * 0.8))).verdict).toBe('inconclusive');
  });

  test.each([
    [42, 0.1],
    [100, 0.1],
    [150, 0.03],
    [225, 0.02],
    [300, 0.02],
  ])('of %d rows lets no more than alpha pass that lose just %d of them, reckoned exactly', (rows, margin) => {
    let [passes, chance] = [0, (1 - margin) ** rows];
    for (let lost = 0; lost <= rows; lost++) {
      const { verdict } = nonInferior({ ...gate, margin }, on({ both: rows - lost, lost }));
      if (verdict === 'pass') passes += chance;
      chance *= ((rows - lost) / (lost + 1)) * (margin / (1 - margin));
    }
    expect(passes).toBeGreaterThan(0);
    expect(passes).toBeLessThanOrEqual(0.05);
  });

  test('turns around where less is better', () => {
    const of = (challenger: number, champion: number) =>
      nonInferior(
        { gate: 'nonInferior', metric: 'mean_absolute_error', margin: 0.1 },
        evidenceOf(
          regressionRows(
            400,
            (row) => challenger + Math.sin(row) / 4,
            (row) => champion + Math.cos(row) / 4,
          ),
        ),
      );
    expect(of(1, 1).verdict).toBe('pass');
    expect(of(2, 1)).toMatchObject({ verdict: 'fail', sentence: expect.stringMatching(/at least \S+ worse/) });
    expect(of(1, 2)).toMatchObject({ verdict: 'pass', sentence: expect.stringMatching(/at least \S+ better/) });
  });

  test('of another metric is bootstrapped, and as careful with few rows', () => {
    const f1 = { gate: 'nonInferior', metric: 'f1_macro', margin: 0.03 } as const;
    expect(nonInferior(f1, on({ both: 350, gained: 5, lost: 5 })).numbers).toMatchObject({ method: 'bootstrap' });
    expect(nonInferior(f1, on({ both: 98 })).verdict).toBe('inconclusive');
    expect(nonInferior(f1, on({ both: 99 })).verdict).toBe('pass');
  });

  test('does not apply without a champion', () => {
    expect(nonInferior(gate, alone(rowsOf({ both: 5 }))).verdict).toBe('not applicable');
  });
});

describe('better', () => {
  const gate = { gate: 'better', metric: 'accuracy' } as const;

  test.each<[string, Counts, string]>([
    ['more right than wrong, beyond chance', { both: 80, gained: 12, lost: 2 }, 'pass'],
    ['five of five', { both: 80, gained: 5 }, 'pass'],
    ['four of four may be chance', { both: 80, gained: 4 }, 'inconclusive'],
    ['equal', { both: 80, gained: 7, lost: 7 }, 'inconclusive'],
    ['the very same', { both: 80 }, 'inconclusive'],
    ['worse, beyond chance', { both: 80, gained: 2, lost: 12 }, 'fail'],
  ])('%s: %s', (_, counts, verdict) => expect(better(gate, on(counts)).verdict).toBe(verdict));

  test('says who was right', () => {
    expect(better(gate, on({ both: 80, gained: 12, lost: 2 })).sentence).toBe(
      'Of 94 rows, 12 are right that the champion has wrong, and 2 the other way round: better (p = 0.00647).',
    );
  });

  test('by more asks the interval, and holds what is no worse', () => {
    const by = (value: number, counts: Counts) => better({ ...gate, by: value }, on(counts)).verdict;
    expect(by(0.05, { both: 300, gained: 60, lost: 5 })).toBe('pass');
    expect(by(0.15, { both: 300, gained: 60, lost: 5 })).toBe('inconclusive');
    expect(by(0.3, { both: 300, gained: 60, lost: 5 })).toBe('inconclusive');
    expect(by(0.05, { both: 300, gained: 5, lost: 60 })).toBe('fail');
  });

  test('of another metric, and without a champion', () => {
    const f1 = { gate: 'better', metric: 'f1_macro' } as const;
    expect(better(f1, on({ both: 300, gained: 60, lost: 5 })).verdict).toBe('pass');
    expect(better(f1, on({ both: 300, gained: 5, lost: 60 })).verdict).toBe('fail');
    expect(better(f1, alone(rowsOf({ both: 300 }))).verdict).toBe('not applicable');
  });
});

describe('no slice worse', () => {
  const gate = { gate: 'noSliceWorse' } as const;
  const judge = (values: Readonly<Record<string, Counts>>, more = {}) =>
    noSliceWorse({ ...gate, ...more }, evidenceOf(sliced('site', values)));

  test('passes where every slice does', () => {
    const answer = judge({ a: { both: 90, lost: 2, neither: 8 }, b: { both: 100, gained: 3 } });
    expect(answer).toMatchObject({
      verdict: 'pass',
      numbers: { slices: 2, passedOver: 0, slice: 'site a', rows: 100 },
    });
    expect(answer.sentence).toBe(
      'Of 2 slices the least sure, site a, is at most 0.06162 worse with 95 % confidence; 0.1 worse is allowed.',
    );
  });

  test('fails by one slice, though all of it is better', () => {
    const values = { a: { both: 90, lost: 30, neither: 8 }, b: { both: 100, gained: 300 } };
    expect(
      nonInferior({ gate: 'nonInferior', metric: 'accuracy', margin: 0.03 }, evidenceOf(sliced('site', values)))
        .verdict,
    ).toBe('pass');
    expect(judge(values)).toMatchObject({ verdict: 'fail', sentence: expect.stringContaining('site a is at least') });
  });

  test('names a slice that is too small, and does not pass', () => {
    const answer = judge({ a: { both: 12, lost: 1 }, b: { both: 400, gained: 3 } });
    expect(answer).toMatchObject({
      verdict: 'inconclusive',
      sentence: expect.stringMatching(/^Too few .*site a .*13 rows/),
    });
  });

  test('sets a slice aside whose share is under the minimum, and names it', () => {
    const values = { a: { both: 3, lost: 1 }, b: { both: 400, gained: 3 } };
    expect(judge(values)).toMatchObject({ verdict: 'pass', sentence: expect.stringContaining('not judged: site a.') });
    expect(judge(values, { minimumShare: 0 }).verdict).toBe('inconclusive');
    expect(judge({ a: { both: 4 }, b: { both: 4 } }, { minimumShare: 0.5 }).verdict).toBe('inconclusive');
  });

  test('needs more to fail the more slices there are, which chance could have picked from', () => {
    const bad = { both: 72, lost: 24, gained: 4 };
    const good = Object.fromEntries(Array.from({ length: 40 }, (_, index) => [`s${index}`, { both: 100 }]));
    expect(judge({ bad }).verdict).toBe('fail');
    expect(judge({ bad, ...good }).verdict).toBe('inconclusive');
  });

  test('looks at the columns that it names, and at none where there are none', () => {
    expect(judge({ a: { both: 10 } }, { slices: ['nowhere'] }).verdict).toBe('inconclusive');
    expect(noSliceWorse(gate, on({ both: 10 })).verdict).toBe('inconclusive');
    expect(noSliceWorse(gate, alone(sliced('site', { a: { both: 10 } }))).verdict).toBe('not applicable');
  });
});

describe('fairness', () => {
  const gate = { gate: 'fair', slice: 'sex', limit: 0.1 } as const;

  /** Every row is of the positive class, so that the share that gets it is the share that is right. */
  const rates = (f: number, m: number) => {
    const rows = sliced('sex', { f: { both: 500 }, m: { both: 500 } });
    const predicted = Int32Array.from({ length: 1000 }, (_, row) => (row % 500 < 500 * (row < 500 ? f : m) ? 1 : 0));
    return evidenceOf({ ...rows, truth: new Int32Array(1000).fill(1), challenger: { predicted } });
  };

  test.each(['demographicParity', 'equalOpportunity'] as const)('of %s is judged by its interval', (measure) => {
    const of = (f: number, m: number) => fair({ ...gate, measure }, rates(f, m));
    expect(of(0.5, 0.5).verdict).toBe('pass');
    expect(of(0.5, 0.58)).toMatchObject({
      verdict: 'inconclusive',
      numbers: { difference: expect.closeTo(0.08), groups: 2 },
    });
    expect(of(0.5, 0.8)).toMatchObject({
      verdict: 'fail',
      sentence: expect.stringContaining('The shares of f, 0.5, and m, 0.8, are 0.3 apart, and at least'),
    });
  });

  test('cannot be told of one group, or of an unknown column', () => {
    const measure = 'demographicParity';
    expect(fair({ ...gate, measure }, evidenceOf(sliced('sex', { f: { both: 5 } }))).verdict).toBe('inconclusive');
    expect(fair({ ...gate, measure }, on({ both: 5 })).verdict).toBe('inconclusive');
  });
});

/** Rows of which so many count for the metric, all but `wrong` of them right. */
function shareOf(metric: string, rows: number, wrong: number) {
  const truth = Int32Array.from({ length: rows }, (_, row) => (metric.startsWith('precision') && row < wrong ? 0 : 1));
  const predicted = Int32Array.from({ length: rows }, (_, row) =>
    !metric.startsWith('precision') && row < wrong ? 0 : 1,
  );
  return evidenceOf({
    task: 'classification',
    count: rows,
    classes: ['no', 'yes'],
    positive: 1,
    truth,
    challenger: { predicted },
    slices: {},
  });
}
