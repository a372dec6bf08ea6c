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
