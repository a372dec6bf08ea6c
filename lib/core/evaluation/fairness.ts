import type { EvaluatedRows, Side } from './rows.ts';
import { ALPHA, type Interval } from './statistics/interval.ts';
import { proportionRatio } from './statistics/proportion-difference.ts';
import { clopperPearson, type Share, wilson } from './statistics/proportions.ts';
import { predictionsOf } from './tally.ts';

/** A value of a slice column, and how often what is asked came about there. */
interface Group extends Share, Interval {
  readonly value: string;
  readonly rate: number;
}

/** How far rates lie apart between the values of a slice column. */
export interface Disparity {
  /** Values that have rows to judge; each with its own (Wilson) interval. */
  readonly groups: readonly Group[];
  /** The highest rate less the lowest. */
  readonly difference: number;
  readonly differenceInterval: Interval;
  /** The lowest rate by the highest; null where all are 0. */
  readonly ratio: number | null;
  readonly ratioInterval: Interval;
}

interface DisparityOptions {
  /** Of all intervals but those of the groups together. @default 0.05 */
  readonly alpha?: number;
}

/**
 * Whether the values of a slice column are given to the positive class equally often: fairlearn's
 * `demographic_parity_difference` and `_ratio`. Undefined where no class is the positive one, there is no such column, or
 * less than two of its values have rows.
 */
export const demographicParity = (
  rows: EvaluatedRows,
  side: Side,
  column: string,
  options: DisparityOptions = {},
): Disparity | undefined => disparity(rows, side, column, options, () => true);

/**
 * Whether rows of the positive class are found equally often: fairlearn's `equal_opportunity_difference` and `_ratio`, of
 * true positive rates. Else as `demographicParity`, but of the rows whose truth is the positive class.
 */
export const equalOpportunity = (
  rows: EvaluatedRows,
  side: Side,
  column: string,
  options: DisparityOptions = {},
): Disparity | undefined => disparity(rows, side, column, options, (row) => rows.truth[row] === rows.positive);

function disparity(
  rows: EvaluatedRows,
  side: Side,
  column: string,
  { alpha = ALPHA }: DisparityOptions,
  counts: (row: number) => boolean,
): Disparity | undefined {
  const slice = Object.hasOwn(rows.slices, column) ? rows.slices[column] : undefined;
  if (slice === undefined || rows.positive === undefined) return undefined;
  const { predicted } = predictionsOf(rows, side);
  const shares = slice.values.map((value) => ({ value, events: 0, trials: 0 }));
  for (const [row, of] of slice.of.entries()) {
    if (!counts(row)) continue;
    const share = shares[of] as (typeof shares)[number];
    share.trials++;
    if (predicted[row] === rows.positive) share.events++;
  }
  return disparityOf(
    shares.filter(({ trials }) => trials > 0),
    alpha,
  );
}

/**
 * The interval of the distance between the extremes: see `apart`. That of the ratio: each pair's score interval at alpha
 * divided by the number of pairs (Bonferroni), so that all hold together, and of these the farthest ends. Which values are
 * the extremes was not known before, and the interval of those two alone would be too short.
 */
function disparityOf(shares: readonly (Share & { readonly value: string })[], alpha: number): Disparity | undefined {
  if (shares.length < 2) return undefined;
  const groups = shares.map((share) => ({ ...share, rate: share.events / share.trials, ...wilson(share, alpha) }));
  const pairs = groups.flatMap((a, index) =>
    groups.slice(index + 1).map((b): [Group, Group] => (a.rate > b.rate ? [b, a] : [a, b])),
  );
  const each = alpha / pairs.length;
  const rates = groups.map(({ rate }) => rate);
  const [least, most] = [Math.min(...rates), Math.max(...rates)];
  return {
    groups,
    difference: most - least,
    differenceInterval: apart(shares, alpha),
    ratio: most === 0 ? null : least / most,
    ratioInterval: smallest(pairs.map(([lower, higher]) => proportionRatio(lower, higher, each))),
  };
}

/**
 * How far apart the shares are, from exact bounds of each (Clopper and Pearson 1934), so that neither end is missed with more
 * than alpha / 2, however few the rows. Too small a high end needs a wrong bound of one of the two that are truly farthest
 * apart, whatever the others are: each may be wrong with half of that. Too large a low end can come of any bound of any group:
 * each may be wrong with its part. A score interval misses its end up to twice as often as it says where shares are near 0 or 1.
 */
function apart(shares: readonly Share[], alpha: number): Interval {
  const [wide, wider] = [alpha / 2, alpha / (2 * shares.length)].map((each) =>
    shares.map((share) => clopperPearson(share, each)),
  ) as [Interval[], Interval[]];
  return {
    low: Math.max(
      0,
      largest(wider, (a, b) => a.low - b.high),
    ),
    high: largest(wide, (a, b) => a.high - b.low),
  };
}

/** Over all pairs, in either order. */
function largest(intervals: readonly Interval[], pick: (a: Interval, b: Interval) => number): number {
  let most = -Infinity;
  for (const a of intervals) {
    for (const b of intervals) if (a !== b) most = Math.max(most, pick(a, b));
  }
  return most;
}

/** Of intervals of ratios, of which 1 is the most: the smallest of each end. */
const smallest = (intervals: readonly Interval[]): Interval => ({
  low: Math.min(...intervals.map(({ low, high }) => Math.min(low, 1 / high))),
  high: Math.min(...intervals.map(({ high }) => Math.min(1, high))),
});
