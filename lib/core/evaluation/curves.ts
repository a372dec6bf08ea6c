import type { Curves } from './metrics-of.ts';
import { areaUnderRoc, averagePrecisionOf, type RankMetric, sortedScores } from './ranking.ts';
import type { EvaluatedRows, Predictions, Side } from './rows.ts';
import { predictionsOf } from './tally.ts';

/** So many rows are ranked exactly; of more, `scoreHistogram` tells the curves within a bound. */
export const EXACT_ROWS = 10_000_000;

export const RANK_METRICS: Readonly<Record<keyof Curves, RankMetric>> = {
  roc_auc: areaUnderRoc,
  average_precision: averagePrecisionOf,
};

/**
 * Area under the receiver operating characteristic, as scikit-learn's `roc_auc_score`: of the positive class; where there
 * is none, the mean of each class against the rest (`multi_class='ovr'`, macro). Null where a class has no rows, or all
 * are of one, and where a score is no finite number.
 */
export const rocAuc = (rows: EvaluatedRows, side: Side): number | null => curvesOf(rows, side).roc_auc;

/** Average precision, as scikit-learn's `average_precision_score`; else as `rocAuc`, but a class without rows counts 0. */
export const averagePrecision = (rows: EvaluatedRows, side: Side): number | null =>
  curvesOf(rows, side).average_precision;

/** Both curves of one model, exactly. */
export function curvesOf(rows: EvaluatedRows, side: Side): Curves {
  const predictions = predictionsOf(rows, side);
  if (!rankable(rows, predictions)) return { roc_auc: null, average_precision: null };
  const values = rankedClasses(rows).map((index) => {
    const counts = sortedScores(scoresOf(rows, predictions, index), isClass(rows, index));
    return { roc_auc: areaUnderRoc(counts), average_precision: averagePrecisionOf(counts) };
  });
  return {
    roc_auc: meanOrNull(values.map((value) => value.roc_auc)),
    average_precision: meanOrNull(values.map((value) => value.average_precision)),
  };
}

/** The mean; null where one of them cannot be had. */
function meanOrNull(values: readonly number[]): number | null {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return Number.isFinite(mean) ? mean : null;
}

/** Whether there are scores, and all can be ranked. */
const rankable = (rows: EvaluatedRows, { probabilities }: Predictions): boolean =>
  probabilities !== undefined && rows.count > 0 && probabilities.every((score) => Number.isFinite(score));

/** The classes whose curves count. */
export const rankedClasses = ({ positive, classes }: EvaluatedRows): number[] =>
  positive === undefined ? [...classes.keys()] : [positive];

/** The scores of one class. */
export function scoresOf(
  rows: EvaluatedRows,
  { probabilities = new Float32Array() }: Predictions,
  index: number,
): Float32Array {
  const scores = new Float32Array(rows.count);
  for (let row = 0; row < rows.count; row++) scores[row] = probabilities[row * rows.classes.length + index] as number;
  return scores;
}

/** 1 where the truth is the class. */
export const isClass = (rows: EvaluatedRows, index: number): Uint8Array =>
  new Uint8Array(rows.count).map((_, row) => (rows.truth[row] === index ? 1 : 0));
