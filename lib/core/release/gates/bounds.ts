import { outside } from '../../evaluation/statistics/interval.ts';
import { clopperPearson } from '../../evaluation/statistics/proportions.ts';
import type { PairedCounts } from '../../evaluation/statistics/tango.ts';
import { unseenShare } from '../../evaluation/unseen.ts';
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
  /** Of paired shares. */
  readonly counts?: PairedCounts;
}

/** A metric with an end has bounds however few the rows are. One without has none unless a kind of row as common as this was likely seen. */
const COMMON = 0.05;

/** Rows of which none leaves less than `share` possible: the rule of three. */
export const unseenIn = (share: number, alpha: number): number => Math.ceil(Math.log(alpha) / Math.log1p(-share));

/** All that a metric can be: Infinity, of what is no metric, too. */
export function widthOf(metric: string): number {
  const [least, most] = metricOf(metric)?.range ?? [-Infinity, Infinity];
  return most - least;
}

/** The fewest rows that bound a metric: of those without an end (errors, log_loss, r2) a row or two say nothing. */
export const fewestRows = (metric: string, alpha: number): number =>
  Number.isFinite(widthOf(metric)) ? 0 : unseenIn(COMMON, alpha);

/** Why a metric has no bounds. */
export const unbounded = (what: string, metric: string, rows: number, alpha: number): string => {
  const fewest = fewestRows(metric, alpha);
  return rows < fewest
    ? `${what} has no bounds of ${rows} rows: ${fewest} or more are needed.`
    : `${what} cannot be had of these rows.`;
};

/** The bounds of an estimate, careful with few rows; undefined where it has none. */
export function boundsOf(metric: string, value: number | null, estimate: Estimate, alpha: number): Bounds | undefined {
  const { low, high, method, counts } = estimate;
  if (value === null || low === null || high === null || estimate.rows < fewestRows(metric, alpha)) return undefined;
  if (counts) return outside({ low, high }, exactBounds(counts, alpha));
  if (method === 'wilson') return shareBounds(value, estimate.rows, alpha);
  return method === 'bootstrap' ? outside({ low, high }, unseenBounds(metric, value, estimate, alpha)) : { low, high };
}

/**
 * Of a share the exact bounds (Clopper and Pearson, Biometrika 26:404, 1934). Wilson's, of a report, are right on average:
 * near 1 they would let 7.4 of a hundred through for 5, and 20 for 10.
 */
const shareBounds = (value: number, rows: number, alpha: number): Bounds =>
  clopperPearson({ events: Math.round(value * rows), trials: rows }, 2 * alpha);

/**
 * A score interval of paired shares is too narrow where few rows are to be expected to differ, and all of them one way: it
 * says alpha and is wrong up to 1.4 times as often. So its bounds are never nearer than the exact ones for just that case
 * (Clopper and Pearson, Biometrika 26:404, 1934), in which the rows that were lost, less those that were gained, are all
 * that differ.
 */
function exactBounds({ rows, gained, lost }: PairedCounts, alpha: number): Bounds {
  const { low, high } = clopperPearson({ events: Math.abs(gained - lost), trials: rows }, 2 * alpha);
  if (gained === lost) return { low: -high, high };
  return gained > lost ? { low, high } : { low: -high, high: -low };
}

/**
 * A bootstrap of rows that are all alike knows no doubt, however few they are. So its bounds are never nearer than what
 * none of so many rows leaves possible, 1 - alpha^(1/rows), the rule of three (Hanley and Lippman-Hand, JAMA 249:1743,
 * 1983), as a share of all that the metric can be. One without an end has been bounded by what was seen: `unseenInterval`.
 */
function unseenBounds(metric: string, value: number, { rows }: Estimate, alpha: number): Bounds {
  const width = widthOf(metric);
  const unseen = Number.isFinite(width) ? width * unseenShare(rows, alpha) : 0;
  return { low: value - unseen, high: value + unseen };
}

/** Bounds of challenger - champion, turned so that more is better whatever the metric. */
export const gainOf = (metric: string, { low, high }: Bounds): Bounds =>
  metricOf(metric)?.direction === 'lower' ? { low: -high, high: -low } : { low, high };

/** JSON has no Infinity. */
export const finite = (value: number): number | null => (Number.isFinite(value) ? value : null);
