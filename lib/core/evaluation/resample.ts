import { countMetric } from './class-counts.ts';
import { RANK_METRICS } from './curves.ts';
import type { Curves } from './metrics-of.ts';
import { metricNamed } from './metrics.ts';
import { resampleCounts } from './resample-counts.ts';
import { resampleRanks } from './resample-ranks.ts';
import { resampleSums } from './resample-sums.ts';
import type { EvaluatedRows, Predictions, Side } from './rows.ts';
import { bootstrapInterval, type BootstrapOptions, replicatesOf, scaledInterval } from './statistics/bootstrap.ts';
import { ALPHA, type Interval, outside } from './statistics/interval.ts';
import { studentisedInterval } from './studentised.ts';
import { type SumMetric, sumMetric } from './sum-metrics.ts';
import { predictionsOf } from './tally.ts';
import { unseenInterval } from './unseen.ts';

/** Below so many rows, skewness is more than BCa corrects: of thirty exponential losses an end is missed 7 times of a hundred for 5. */
const FEW = 300;

/** An interval by the bootstrap. Ends that cannot be had are null. */
export interface BootstrapResult {
  readonly low: number | null;
  readonly high: number | null;
  readonly method: 'bootstrap';
  readonly replicates: number;
  /** Rows that were drawn from, where not all: the interval is scaled to all by the root of sampled / rows. */
  readonly sampled?: number;
}

/**
 * The interval of a metric that has the value `value`, of one model, or of the first less the second. Counts: patterns
 * are drawn; sums: rows, or blocks of them; curves: ranked rows, and where these are too many the m-out-of-n bootstrap
 * (Bickel, Götze and van Zwet 1997), whose interval is scaled by the root of m / n.
 */
export function bootstrapOf(
  metric: string,
  rows: EvaluatedRows,
  sides: readonly Side[],
  value: number,
  options: BootstrapOptions,
): BootstrapResult {
  const seed = options.seed ?? 1;
  const models = sides.map((side) => predictionsOf(rows, side));
  if (Object.hasOwn(RANK_METRICS, metric)) return ofRanks(metric as keyof Curves, rows, sides, value, options);
  const counted = countMetric(metric, rows.classes, rows.positive);
  const resampling = counted ? resampleCounts(rows, models, counted) : resampleSums(metric, rows, models, seed);
  const found = resampling && bootstrapInterval(resampling, options);
  const [least, most] = metricNamed(metric).range;
  const isUnbounded = found && !Number.isFinite(most - least);
  return result(isUnbounded ? careful(found, metric, rows, models, options) : found, options);
}

/**
 * Of a metric without an end a single row may be all. So its interval is never nearer than what unseen rows leave possible,
 * and with few rows never nearer than that of the studentised bootstrap.
 */
function careful(
  found: Interval,
  metric: string,
  rows: EvaluatedRows,
  models: readonly Predictions[],
  options: BootstrapOptions,
): Interval {
  const sums = models.map((model) => sumMetric(metric, rows, model) as SumMetric);
  const wider = outside(found, unseenInterval(sums, rows.count, options.alpha ?? ALPHA));
  const studentised = rows.count < FEW ? studentisedInterval(sums, rows.count, options) : undefined;
  return studentised ? outside(wider, studentised) : wider;
}

function ofRanks(
  metric: keyof Curves,
  rows: EvaluatedRows,
  sides: readonly Side[],
  value: number,
  options: BootstrapOptions,
): BootstrapResult {
  const resampling = resampleRanks(metric, rows, sides, options.seed ?? 1);
  if (resampling.rows === rows.count) return result(bootstrapInterval(resampling, options), options);
  const shrink = Math.sqrt(resampling.rows / rows.count);
  const interval = scaledInterval(resampling, value, shrink, options);
  return { ...result(interval, options), sampled: resampling.rows };
}

const result = (
  interval: { readonly low: number; readonly high: number } | undefined,
  options: BootstrapOptions,
): BootstrapResult => ({
  low: interval?.low ?? null,
  high: interval?.high ?? null,
  method: 'bootstrap',
  replicates: replicatesOf(options),
});
