import { metricValue } from '../../evaluation/metric-value.ts';
import { resampleSums } from '../../evaluation/resample-sums.ts';
import type { EvaluatedRows } from '../../evaluation/rows.ts';
import { bootstrapInterval } from '../../evaluation/statistics/bootstrap.ts';
import { type Interval, outside } from '../../evaluation/statistics/interval.ts';
import { studentisedInterval } from '../../evaluation/studentised.ts';
import { type SumMetric, sumMetric } from '../../evaluation/sum-metrics.ts';
import { predictionsOf } from '../../evaluation/tally.ts';
import { unseenShare } from '../../evaluation/unseen.ts';

/**
 * Below so many rows the studentised bootstrap is asked, too: where a hundredth of the rows holds all of the loss, BCa alone
 * of 600 rows passed a variant that loses the margin in 12 of 100 cases for 5 (simulated). Beyond, it takes seconds.
 */
const FEW = 5000;
const SEED = 1;

/**
 * Where the R2 of a variant less that of the original lies, at 1 - alpha, of so many rows that are as these. Rows are drawn
 * with what both said of them. Unseen ones, too, are the same for both, and there one of the two may be as wrong as it was on
 * any row: as large a share of them as none of so many rows leaves possible (the rule of three). The gates compare models that
 * may have nothing in common, to which an unseen row may be the worst of one and the best of the other. Undefined where there
 * is no such number.
 */
export function pairedR2(rows: EvaluatedRows, alpha: number): ((count: number) => Interval) | undefined {
  const value =
    (metricValue('r2', rows, 'challenger') ?? Number.NaN) - (metricValue('r2', rows, 'champion') ?? Number.NaN);
  const seen = Number.isFinite(value) ? seenInterval(rows, alpha) : undefined;
  const variance = varianceOf(rows.truth);
  if (!seen || variance === 0) return undefined;
  const [mine, theirs] = [worst(rows, 'challenger') / variance, worst(rows, 'champion') / variance];
  return (count) => {
    const nearer = Math.sqrt(rows.count / count);
    const share = unseenShare(count, alpha / 2);
    return outside(
      { low: value - nearer * (value - seen.low), high: value + nearer * (seen.high - value) },
      { low: (1 - share) * value - share * mine, high: (1 - share) * value + share * theirs },
    );
  };
}

/** What the rows that were seen say, drawn anew. */
function seenInterval(rows: EvaluatedRows, alpha: number): Interval | undefined {
  const models = [predictionsOf(rows, 'challenger'), predictionsOf(rows, 'champion')];
  const options = { alpha, seed: SEED };
  const resampling = resampleSums('r2', rows, models, SEED);
  const found = resampling && bootstrapInterval(resampling, options);
  if (!found || !Number.isFinite(found.low) || !Number.isFinite(found.high) || rows.count >= FEW) return found;
  const sums = models.map((model) => sumMetric('r2', rows, model) as SumMetric);
  const studentised = studentisedInterval(sums, rows.count, options);
  return studentised ? outside(found, studentised) : found;
}

/** The largest squared error. */
function worst(rows: EvaluatedRows, side: 'challenger' | 'champion'): number {
  const { predicted } = predictionsOf(rows, side);
  let most = 0;
  for (const [row, truth] of rows.truth.entries()) most = Math.max(most, ((predicted[row] as number) - truth) ** 2);
  return most;
}

/** Targets are taken from the first, so that nothing cancels. */
function varianceOf(values: Int32Array | Float64Array): number {
  let [sum, squares] = [0, 0];
  for (const value of values) {
    const away = value - (values[0] as number);
    sum += away;
    squares += away * away;
  }
  return Math.max(0, squares / values.length - (sum / values.length) ** 2);
}
