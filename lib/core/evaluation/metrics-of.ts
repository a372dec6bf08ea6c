import { type ClassCounts, countMetric, rateOf } from './class-counts.ts';
import { metricsFor } from './metrics.ts';
import { valueOf } from './sum.ts';
import type { ClassificationTally, ProbabilityTally, RegressionTally, Tally } from './tally.ts';

/** By name. A number that cannot be had, such as of no rows or of predictions that are not finite, is null. */
export type MetricValues = Readonly<Record<string, number | null>>;

/** What a tally cannot tell. */
export interface Curves {
  readonly roc_auc: number | null;
  readonly average_precision: number | null;
}

/** All of `METRICS` that the tally's rows can have; the curves, which need the rows, as they are given. */
export function metricsOf(tally: Tally, curves?: Curves): MetricValues {
  const all = tally.task === 'classification' ? classMetrics(tally, curves) : regressionMetrics(tally);
  const names = metricsFor(tally, tally.task === 'classification' && tally.probabilities !== undefined);
  return Object.fromEntries(names.map(({ name }) => [name, tally.rows === 0 ? null : (all(name) ?? null)]));
}

type Reader = (name: string) => number | null | undefined;

function classMetrics(tally: ClassificationTally, curves: Curves | undefined): Reader {
  const counts = classCounts(tally);
  const losses = tally.probabilities && lossMetrics(tally.probabilities, tally.rows);
  return (name) =>
    countMetric(name, tally.classes, tally.positive)?.(counts) ?? losses?.(name) ?? curves?.[name as keyof Curves];
}

function lossMetrics(losses: ProbabilityTally, rows: number): Reader {
  if (losses.unusable > 0) return () => null;
  const values: Readonly<Record<string, number>> = {
    log_loss: valueOf(losses.logLoss) / rows,
    brier_score: valueOf(losses.squares) / rows,
    ece: expectedCalibrationError(losses, rows),
  };
  return (name) => values[name];
}

/** Sum over the bins of (rows of the bin / rows) |share that is right - mean confidence| (Guo et al. 2017, arXiv:1706.04599, formula 3). */
const expectedCalibrationError = ({ bins }: ProbabilityTally, rows: number): number =>
  bins.reduce((sum, { right, confidence }) => sum + Math.abs(right - valueOf(confidence)), 0) / rows;

function regressionMetrics({ rows, unusable, absolute, squared, share, spread }: RegressionTally): Reader {
  if (unusable > 0) return () => null;
  const values: Readonly<Record<string, number | null>> = {
    mean_absolute_error: valueOf(absolute) / rows,
    root_mean_squared_error: Math.sqrt(valueOf(squared) / rows),
    r2: rows < 2 ? null : r2(valueOf(squared), spread),
    mean_absolute_percentage_error: valueOf(share) / rows,
  };
  return (name) => values[name];
}

/** Of targets that are all the same, as scikit-learn has it: 1 where they are met, else 0. */
export const r2 = (squared: number, spread: number): number =>
  spread === 0 ? (squared === 0 ? 1 : 0) : 1 - squared / spread;

/** What the confusion matrix says of each class. */
export function classCounts({ rows, classes, confusion }: ClassificationTally): ClassCounts {
  const [truth, predicted, hits] = [0, 1, 2].map(() => new Float64Array(classes.length + 1)) as Three<Float64Array>;
  for (const [row, counts] of confusion.entries()) {
    hits[row] = counts[row] as number;
    for (const [column, count] of counts.entries()) {
      (truth[row] as number) += count;
      (predicted[column] as number) += count;
    }
  }
  return { rows, truth, predicted, hits };
}

type Three<T> = [T, T, T];

/** A class of a classification report. */
export interface ClassReport {
  readonly class: string;
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
  /** Rows whose truth it is. */
  readonly support: number;
}

/** Each class, as scikit-learn's `classification_report` has it. */
export function classReport(tally: ClassificationTally): ClassReport[] {
  const counts = classCounts(tally);
  return tally.classes.map((name, index) => ({
    class: name,
    precision: rateOf('precision', counts, index),
    recall: rateOf('recall', counts, index),
    f1: rateOf('f1', counts, index),
    support: counts.truth[index] as number,
  }));
}

/** Truth by row, prediction by column. A last column more, where something was predicted that is none of the classes. */
export function confusionOf({ confusion, classes }: ClassificationTally): number[][] {
  const others = confusion.some((counts) => (counts[classes.length] as number) > 0);
  return confusion.map((counts) => counts.slice(0, others ? classes.length + 1 : classes.length));
}

/** A bin of the confidence. */
export interface CalibrationBin {
  readonly rows: number;
  /** Mean, 0 where there are no rows. */
  readonly confidence: number;
  /** Share that is right, 0 where there are no rows. */
  readonly accuracy: number;
}

/** 15 bins of the same width, from 0 to 1; undefined without probabilities. */
export const calibrationOf = ({ probabilities }: ClassificationTally): CalibrationBin[] | undefined =>
  probabilities?.bins.map(({ rows, right, confidence }) => ({
    rows,
    confidence: rows === 0 ? 0 : valueOf(confidence) / rows,
    accuracy: rows === 0 ? 0 : right / rows,
  }));
