import { DEFAULT_ALPHA, type Decision } from './answer.ts';
import { metricOf } from './metric.ts';

/** Two bounds, each of which the value keeps with 1 - alpha by itself. */
export interface Bounds {
  readonly low: number;
  readonly high: number;
}

/** As intervals are asked for, two-sided, so that each end keeps `alpha` by itself. */
export const bothSides = (alpha: number = DEFAULT_ALPHA) => ({ alpha: 2 * alpha });

/** Surely over the limit, surely under it, or neither. */
export function above({ low, high }: Bounds, limit: number): Decision {
  if (low > limit) return 'pass';
  return high < limit ? 'fail' : 'inconclusive';
}

/** Surely the limit or more, surely less, or neither. */
export function atLeast({ low, high }: Bounds, limit: number): Decision {
  if (low >= limit) return 'pass';
  return high < limit ? 'fail' : 'inconclusive';
}

/** Surely the limit or less, surely more, or neither. */
export function atMost({ low, high }: Bounds, limit: number): Decision {
  if (high <= limit) return 'pass';
  return low > limit ? 'fail' : 'inconclusive';
}

/** What the statistics give: no number where there is none. */
export interface Estimate {
  readonly low: number | null;
  readonly high: number | null;
  readonly method: string;
  readonly rows: number;
}

/**
 * The bounds of an estimate; undefined where it has none. A bootstrap of rows that are all alike knows no doubt, however few
 * they are. So its bounds are never nearer than what none of so many rows leaves possible, 1 - alpha^(1/rows), the rule of
 * three (Hanley and Lippman-Hand, JAMA 249:1743, 1983), as a share of all that the metric can be.
 */
export function boundsOf(metric: string, value: number | null, estimate: Estimate, alpha: number): Bounds | undefined {
  const { low, high, method, rows } = estimate;
  if (value === null || low === null || high === null) return undefined;
  const [least, most] = metricOf(metric)?.range ?? [-Infinity, Infinity];
  if (method !== 'bootstrap' || !Number.isFinite(most - least)) return { low, high };
  const unseen = (most - least) * (1 - alpha ** (1 / rows));
  return { low: Math.min(low, value - unseen), high: Math.max(high, value + unseen) };
}

/** Bounds of challenger - champion, turned so that more is better whatever the metric. */
export const gainOf = (metric: string, { low, high }: Bounds): Bounds =>
  metricOf(metric)?.direction === 'lower' ? { low: -high, high: -low } : { low, high };

/** JSON has no Infinity. */
export const finite = (value: number): number | null => (Number.isFinite(value) ? value : null);
