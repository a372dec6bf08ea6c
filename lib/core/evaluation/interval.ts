import { classRate, isAccuracy } from './class-counts.ts';
import { classCounts } from './metrics-of.ts';
import { metricValue } from './metric-value.ts';
import { metricNamed } from './metrics.ts';
import { bootstrapOf, type BootstrapResult } from './resample.ts';
import type { EvaluatedRows, Side } from './rows.ts';
import type { BootstrapOptions } from './statistics/bootstrap.ts';
import { ALPHA } from './statistics/interval.ts';
import { type Share, wilson } from './statistics/proportions.ts';
import { type ClassificationTally, tallyOf } from './tally.ts';

/** A metric of one model, with its two-sided interval of 1 - alpha. */
export type MetricInterval = {
  readonly metric: string;
  /** Null where it cannot be had; then both ends are null. */
  readonly value: number | null;
  readonly alpha: number;
  /** Rows that it stands on: of a recall or a precision, those that are, or are predicted to be, of the class. */
  readonly rows: number;
} & (WilsonResult | BootstrapResult);

interface WilsonResult {
  readonly low: number | null;
  readonly high: number | null;
  readonly method: 'wilson';
}

/**
 * How sure a metric of one model is. Accuracy (and what is the same: micro averages), precision and recall of a class are
 * shares, and get Wilson's interval; everything else is bootstrapped. Throws `evaluation.metric`, and a TypeError where
 * there is no such side.
 */
export function interval(
  metric: string,
  rows: EvaluatedRows,
  side: Side,
  options: BootstrapOptions = {},
): MetricInterval {
  const { alpha = ALPHA } = options;
  const value = metricValue(metric, rows, side);
  const common = { metric, value, alpha };
  const share = value === null ? undefined : shareOf(metric, rows, side);
  if (share !== undefined) return { ...common, rows: share.trials, ...wilson(share, alpha), method: 'wilson' };
  const none = { low: null, high: null, method: 'bootstrap', replicates: 0 } as const;
  const bootstrap = value === null ? none : bootstrapOf(metric, rows, [side], value, options);
  const [least, most] = metricNamed(metric).range;
  const within = (end: number | null) => (end === null ? null : Math.min(most, Math.max(least, end)));
  return { ...common, rows: rows.count, ...bootstrap, low: within(bootstrap.low), high: within(bootstrap.high) };
}

/** What a metric is a share of, if it is one. */
function shareOf(metric: string, rows: EvaluatedRows, side: Side): Share | undefined {
  const [rate, index] = classRate(metric, rows.classes, rows.positive) ?? [];
  const accuracy = isAccuracy(metric);
  if (!accuracy && (index === undefined || rate === 'f1')) return undefined;
  const predicted = rows[side]?.predicted ?? [];
  const tally = tallyOf({ ...rows, [side]: { predicted } }, side) as ClassificationTally;
  const { hits, truth, predicted: given } = classCounts(tally);
  if (accuracy || index === undefined)
    return { events: hits.reduce((sum, count) => sum + count, 0), trials: rows.count };
  return { events: hits[index] as number, trials: (rate === 'recall' ? truth : given)[index] as number };
}
