import type { FeatureDrift } from './verdict.ts';

/** How the values of a feature compare with the baseline's, by themselves. */
export interface Comparison extends Pick<
  FeatureDrift,
  'rows' | 'missing' | 'test' | 'statistic' | 'pValue' | 'psi' | 'jensenShannon' | 'effect'
> {
  /** What is believed, once it is corrected for many features: the p-value as if the baseline were half as large. */
  readonly cautious: number | null;
  /**
   * What Model Monitor calls drift distance: the largest difference of shares, or of distribution functions, less what chance
   * may make of it. Source: `Distance` of Deequ, on which it stands, where it is robust.
   */
  readonly distance: number | null;
}

export const robustDistance = (difference: number, m: number, n: number): number =>
  Math.max(0, difference - 1.8 * Math.sqrt((m + n) / (m * n)));

/** Of either side; with fewer values nothing is said. */
export const FEWEST = 20;

/**
 * By what a squared difference is made less, that a baseline of `m` rows counts as one of half as many. Its own error is in
 * every window alike: that a feature drifts in two windows in a row says less of `n` rows each, the more of the difference is
 * the baseline's. How much it takes was found by simulation (docs/drift.md).
 */
export const allowanceFor = (m: number, n: number): number => (m + n) / (m + 2 * n);

export const nothing = (rows: number, missing: number): Comparison => ({
  rows,
  missing,
  test: 'none',
  statistic: null,
  pValue: null,
  cautious: null,
  psi: null,
  jensenShannon: null,
  effect: null,
  distance: null,
});
