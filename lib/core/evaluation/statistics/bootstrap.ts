import { ALPHA, type Interval } from './interval.ts';
import { normalCdf, normalQuantile } from './normal.ts';
import { Random } from './random.ts';

export interface BootstrapOptions {
  /** @default 0.05 */
  readonly alpha?: number;
  /** Any whole number: the same gives the same interval. @default 1 */
  readonly seed?: number;
  /** How often it is resampled. @default 2000, and 20 / alpha where that is more: ten beyond each end */
  readonly replicates?: number;
}

/** What can be drawn anew. */
export interface Resampling {
  /** How often each unit was seen. */
  readonly counts: Int32Array;
  /** The number that is asked for, were each unit seen so often; NaN where it cannot be had. */
  readonly statistic: (counts: Int32Array) => number;
  /** Chance alone makes the number larger, and drawing anew once more: one such is ECE. @default false */
  readonly inflated?: boolean;
}

/** Replicates without a number are left out; with more of them than this share, nothing is said. */
export const MOST_UNDEFINED = 0.1;
/** Units are left out by turns in so many groups at most. */
const GROUPS = 200;

export const replicatesOf = ({ alpha = ALPHA, replicates }: BootstrapOptions): number =>
  replicates ?? Math.max(2000, Math.ceil(20 / alpha));

/**
 * The bootstrap's interval of a statistic, bias-corrected and accelerated (BCa; Efron 1987, JASA 82:171-185). Plain
 * percentiles miss to one side where a statistic is skewed or biased, as losses, F1 and ECE are; the basic interval
 * leaves the range of the metric. BCa does neither, and corrects to the second order. Undefined where too many replicates
 * have no number. Of an inflated statistic BCa corrects too little with few rows, and the basic interval lowers the high end
 * too far: it gets all that BCa, percentiles and basic interval hold. (Where it is truly 0, the low end
 * may still be above.) Where nothing varies among the units it has no width: it knows nothing of what was not seen.
 */
export function bootstrapInterval(resampling: Resampling, options: BootstrapOptions): Interval | undefined {
  const { alpha = ALPHA } = options;
  const replicates = replicatesSorted(resampling, options);
  if (replicates === undefined) return undefined;
  const seen = resampling.statistic(resampling.counts);
  const bias = normalQuantile(shareBelow(replicates, seen));
  const acceleration = accelerationOf(resampling);
  const end = (p: number) => {
    const z = bias + normalQuantile(p);
    const corrected = bias + z / (1 - acceleration * z);
    return quantile(replicates, 1 - acceleration * z > 0 ? normalCdf(corrected) : p);
  };
  const [low, high] = [end(alpha / 2), end(1 - alpha / 2)];
  if (resampling.inflated !== true) return { low, high };
  const [below, above] = [quantile(replicates, alpha / 2), quantile(replicates, 1 - alpha / 2)];
  return { low: Math.min(low, below, 2 * seen - above), high: Math.max(high, above, 2 * seen - below) };
}

/**
 * The interval of a statistic of `rows` rows from resampling a random part of them: percentiles of how far replicates are
 * from the part's own number, shrunk by `shrink`, the root of (units of the part / rows), around `value`.
 */
export function scaledInterval(
  resampling: Resampling,
  value: number,
  shrink: number,
  options: BootstrapOptions,
): Interval | undefined {
  const { alpha = ALPHA } = options;
  const replicates = replicatesSorted(resampling, options);
  const seen = resampling.statistic(resampling.counts);
  if (replicates === undefined || Number.isNaN(seen)) return undefined;
  const end = (p: number) => value + shrink * (quantile(replicates, p) - seen);
  return { low: end(alpha / 2), high: end(1 - alpha / 2) };
}

function replicatesSorted(resampling: Resampling, options: BootstrapOptions): Float64Array | undefined {
  const random = new Random(options.seed ?? 1);
  const draw = drawerOf(resampling.counts, random);
  const all = Float64Array.from({ length: replicatesOf(options) }, () => resampling.statistic(draw()));
  const defined = all.filter((value) => !Number.isNaN(value)).sort();
  return defined.length > 0 && defined.length >= all.length * (1 - MOST_UNDEFINED) ? defined : undefined;
}

/** Draws as many units as were seen, with replacement: a multinomial. The array is the same each time. */
function drawerOf(counts: Int32Array, random: Random): () => Int32Array {
  const drawn = new Int32Array(counts.length);
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (counts.every((count) => count === 1)) {
    return () => {
      drawn.fill(0);
      for (let draws = total; draws > 0; draws--) (drawn[random.below(drawn.length)] as number) += 1;
      return drawn;
    };
  }
  return () => {
    let [left, seenLeft] = [total, total];
    for (const [unit, count] of counts.entries()) {
      const times = random.binomial(left, count / seenLeft);
      drawn[unit] = times;
      left -= times;
      seenLeft -= count;
    }
    return drawn;
  };
}

/** Share of the replicates below what was seen; equal ones count half, and it is never 0 or 1. */
function shareBelow(sorted: Float64Array, seen: number): number {
  const below = sorted.findIndex((value) => value >= seen);
  const above = sorted.findIndex((value) => value > seen);
  const [first, last] = [below, above].map((index) => (index < 0 ? sorted.length : index)) as [number, number];
  const share = (first + last) / 2 / sorted.length;
  return Math.min(1 - 0.5 / sorted.length, Math.max(0.5 / sorted.length, share));
}

/** A sixth of the skewness of what leaving out units changes (the jackknife): one by one, or group by group. */
function accelerationOf({ counts, statistic }: Resampling): number {
  const without = counts.slice();
  const left: [number, number][] = [];
  for (const [units, times] of leftOut(counts)) {
    for (const unit of units) (without[unit] as number) -= 1;
    left.push([statistic(without), times]);
    for (const unit of units) (without[unit] as number) += 1;
  }
  const defined = left.filter(([value]) => !Number.isNaN(value));
  const total = defined.reduce((sum, [, times]) => sum + times, 0);
  const mean = defined.reduce((sum, [value, times]) => sum + value * times, 0) / total;
  const moment = (power: number) => defined.reduce((sum, [value, times]) => sum + times * (mean - value) ** power, 0);
  const spread = moment(2);
  return spread > 0 ? moment(3) / (6 * spread ** 1.5) : 0;
}

/** Units to leave out together once each, and how often such a group is there. */
function leftOut(counts: Int32Array): [number[], number][] {
  const seen = [...counts.keys()].filter((unit) => (counts[unit] as number) > 0);
  if (counts.some((count) => count > 1)) return seen.map((unit) => [[unit], counts[unit] as number]);
  const groups = Math.min(GROUPS, seen.length);
  return Array.from({ length: groups }, (_, group) => [seen.filter((_, index) => index % groups === group), 1]);
}

/** Between the two nearest, as (B + 1) p counts. */
function quantile(sorted: Float64Array, p: number): number {
  const place = Math.min(sorted.length, Math.max(1, p * (sorted.length + 1))) - 1;
  const [low, high] = [sorted[Math.floor(place)] as number, sorted[Math.ceil(place)] as number];
  return low === high ? low : low + (high - low) * (place - Math.floor(place));
}
