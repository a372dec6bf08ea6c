import { describe, expect, test } from 'vitest';
import { evaluate } from '#core/evaluation/evaluate.ts';
import { METRICS, metricsFor } from '#core/evaluation/metrics.ts';
import { calibrationOf, classReport, confusionOf, metricsOf } from '#core/evaluation/metrics-of.ts';
import type { EvaluatedRows } from '#core/evaluation/rows.ts';
import { type ClassificationTally, tallyOf } from '#core/evaluation/tally.ts';
import { makeRows } from './make-rows.ts';

const of = (truth: number[], predicted: number[], classes = 3): EvaluatedRows => ({
  task: 'classification',
  count: truth.length,
  classes: Array.from({ length: classes }, (_, index) => `class ${index}`),
  truth: Int32Array.from(truth),
  challenger: { predicted: Int32Array.from(predicted) },
  slices: {},
});
const tally = (rows: EvaluatedRows) => tallyOf(rows, 'challenger') as ClassificationTally;

describe('what is predicted and is no class', () => {
  const rows = of([0, 1, 2, 0], [0, -1, 2, -1]);

  test('has a last column of the confusion matrix, which is not there without', () => {
    expect(confusionOf(tally(rows))).toEqual([
      [1, 0, 0, 1],
      [0, 0, 0, 1],
      [0, 0, 1, 0],
    ]);
    expect(confusionOf(tally(of([0, 1], [1, 1], 2)))).toEqual([
      [0, 1],
      [0, 1],
    ]);
  });

  test('is a label of its own for the mean over labels, as for scikit-learn', () => {
    const {
      precision_macro: precision,
      recall_macro: recall,
      balanced_accuracy: balanced,
    } = evaluate(rows, 'challenger');
    expect(precision).toBeCloseTo((1 + 0 + 1 + 0) / 4, 12);
    expect(recall).toBeCloseTo((0.5 + 0 + 1 + 0) / 4, 12);
    expect(balanced).toBeCloseTo((0.5 + 0 + 1) / 3, 12);
  });
});

test('a class that does not occur has no part in the mean over labels, and a report of zeros', () => {
  const rows = of([0, 1], [0, 1]);
  expect(evaluate(rows, 'challenger')).toMatchObject({ f1_macro: 1, balanced_accuracy: 1, matthews_corrcoef: 1 });
  expect(classReport(tally(rows))[2]).toEqual({ class: 'class 2', precision: 0, recall: 0, f1: 0, support: 0 });
});

test('one class alone has no correlation', () => {
  expect(evaluate(of([1, 1, 1], [1, 1, 1]), 'challenger')).toMatchObject({ accuracy: 1, matthews_corrcoef: 0 });
});

describe('probabilities', () => {
  const sure = (probabilities: number[], truth: number[]): EvaluatedRows => ({
    ...of(
      truth,
      truth.map((_, row) => ((probabilities[2 * row] as number) >= 0.5 ? 0 : 1)),
      2,
    ),
    positive: 1,
    challenger: {
      predicted: Int32Array.from(truth),
      probabilities: Float32Array.from(probabilities),
    },
  });

  test('of 0 for the truth cost as much as the least that a 32-bit float tells from 1', () => {
    expect(evaluate(sure([1, 0], [1]), 'challenger')['log_loss']).toBeCloseTo(Math.log(2 ** 23), 12);
  });

  test('fall into the bin that ends at them', () => {
    const bins = calibrationOf(tally(sure([0.5, 0.5, 1, 0, 0.75, 0.25], [0, 0, 1])));
    expect(bins).toHaveLength(15);
    expect(bins?.[7]).toEqual({ rows: 1, confidence: 0.5, accuracy: 1 });
    expect(bins?.[11]).toEqual({ rows: 1, confidence: 0.75, accuracy: 0 });
    expect(bins?.[14]).toEqual({ rows: 1, confidence: 1, accuracy: 1 });
    expect(bins?.[0]).toEqual({ rows: 0, confidence: 0, accuracy: 0 });
  });

  test('that are not there leave no calibration, no loss and no curve', () => {
    const rows = of([0, 1], [0, 1]);
    expect(calibrationOf(tally(rows))).toBeUndefined();
    expect(Object.keys(evaluate(rows, 'challenger'))).not.toContain('ece');
  });
});

describe('all metrics', () => {
  test.each([
    ['two classes', makeRows({ rows: 60 })],
    ['four classes', makeRows({ rows: 60, classes: 4 })],
    ['a regression', makeRows({ rows: 60, classes: 0 })],
  ])('of %s are there, in the order of the list, and within their ranges', (_, rows) => {
    const found = evaluate(rows, 'challenger');
    expect(Object.keys(found)).toEqual(metricsFor(rows, rows.task === 'classification').map(({ name }) => name));
    for (const { name, range } of METRICS.filter(({ name }) => name in found)) {
      expect(found[name]).toBeGreaterThanOrEqual(range[0]);
      expect(found[name]).toBeLessThanOrEqual(range[1]);
    }
  });

  test('of a tally alone have no curves, and take those that are given', () => {
    const made = tally(makeRows({ rows: 60 }));
    expect(metricsOf(made)).toMatchObject({ roc_auc: null, average_precision: null });
    expect(metricsOf(made, { roc_auc: 0.9, average_precision: null })).toMatchObject({
      roc_auc: 0.9,
      average_precision: null,
    });
  });

  test('of one target are errors, but no share of a variance', () => {
    const found = evaluate(makeRows({ rows: 1, classes: 0 }), 'challenger');
    expect(found['r2']).toBeNull();
    expect(found['mean_absolute_error']).toBeGreaterThan(0);
  });

  test('of 100,000 rows of ten classes take less than two seconds of a processor', { timeout: 60_000 }, () => {
    const rows = makeRows({ rows: 100_000, classes: 10 });
    const start = process.cpuUsage();
    expect(Object.values(evaluate(rows, 'challenger')).every((value) => value !== null)).toBe(true);
    const { user, system } = process.cpuUsage(start);
    expect((user + system) / 1000).toBeLessThan(2000);
  });
});
