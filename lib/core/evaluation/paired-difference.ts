import { classRate, isAccuracy } from './class-counts.ts';
import { metricValue } from './metric-value.ts';
import { bootstrapOf, type BootstrapResult } from './resample.ts';
import type { EvaluatedRows } from './rows.ts';
import type { BootstrapOptions } from './statistics/bootstrap.ts';
import { ALPHA } from './statistics/interval.ts';
import { type PairedCounts, tangoInterval } from './statistics/tango.ts';
import { predictionsOf } from './tally.ts';

/** Challenger less champion, with its two-sided interval of 1 - alpha; for a lower-is-better metric, too, it is just the difference. */
export type MetricDifference = {
  readonly metric: string;
  readonly challenger: number | null;
  readonly champion: number | null;
  /** Null where one of both cannot be had; then both ends are null. */
  readonly difference: number | null;
  readonly alpha: number;
  /** Rows that it stands on: of a recall, those of its class. */
  readonly rows: number;
} & (TangoResult | BootstrapResult);

interface TangoResult {
  readonly low: number | null;
  readonly high: number | null;
  readonly method: 'tango';
  readonly counts: PairedCounts;
}

/**
 * How much better or worse the challenger is on the same rows. Accuracy (and what is the same: micro averages) and the
 * recall of a class are shares of rows, and get Tango's score interval, which holds with few discordant rows; everything
 * else is bootstrapped, with both models' predictions drawn together. Throws `evaluation.metric`, and a TypeError where
 * there is no champion.
 */
export function pairedDifference(
  metric: string,
  rows: EvaluatedRows,
  options: BootstrapOptions = {},
): MetricDifference {
  const { alpha = ALPHA } = options;
  const [challenger, champion] = [metricValue(metric, rows, 'challenger'), metricValue(metric, rows, 'champion')];
  const difference = challenger === null || champion === null ? null : challenger - champion;
  const common = { metric, challenger, champion, difference, alpha };
  const counts = difference === null ? undefined : shareCounts(metric, rows);
  if (counts !== undefined) {
    const { low, high } = tangoInterval(counts, alpha);
    return { ...common, rows: counts.rows, low, high, method: 'tango', counts };
  }
  const none = { low: null, high: null, method: 'bootstrap', replicates: 0 } as const;
  const interval =
    difference === null ? none : bootstrapOf(metric, rows, ['challenger', 'champion'], difference, options);
  return { ...common, rows: rows.count, ...interval };
}

/** Of a metric that is a share of rows which does not depend on what is predicted: those rows, and who is right. */
function shareCounts(metric: string, rows: EvaluatedRows): PairedCounts | undefined {
  if (isAccuracy(metric)) return pairedCounts(rows);
  const [rate, index] = classRate(metric, rows.classes, rows.positive) ?? [];
  return rate === 'recall' ? pairedCounts(rows, index) : undefined;
}

/** On how many rows (of a class, if it is given) just one of both is right. Throws a TypeError where there is no champion. */
export function pairedCounts(rows: EvaluatedRows, index?: number): PairedCounts {
  const [challenger, champion] = [rows.challenger.predicted, predictionsOf(rows, 'champion').predicted];
  let [counted, gained, lost] = [0, 0, 0];
  for (let row = 0; row < rows.count; row++) {
    const truth = rows.truth[row] as number;
    if (index !== undefined && truth !== index) continue;
    counted++;
    if (challenger[row] === champion[row]) continue;
    if (challenger[row] === truth) gained++;
    else if (champion[row] === truth) lost++;
  }
  return { rows: counted, gained, lost };
}
