import { normalQuantile } from './normal.ts';

/** From `low` to `high`, both included. Two-sided: each end is missed with probability alpha / 2. */
export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** What an interval misses where nothing else is said. */
export const ALPHA = 0.05;

/** How many standard deviations from the middle a two-sided interval ends. */
export const criticalValue = (alpha: number): number => -normalQuantile(alpha / 2);

/** All that either holds. */
export const outside = (a: Interval, b: Interval): Interval => ({
  low: Math.min(a.low, b.low),
  high: Math.max(a.high, b.high),
});
