import type { CategorySketch } from '../sketch/category-sketch.ts';
import { categoryCounts } from './kept.ts';
import { allowanceFor, type Comparison, FEWEST, nothing, robustDistance } from './comparison.ts';
import { type Cell, cellsOf, chiSquared, chiSquaredTail, type Counts, totalsOf } from './statistics/chi-squared.ts';
import { jensenShannon, populationStabilityIndex } from './statistics/distances.ts';

/** Categories by Pearson's chi-squared test of their counts, where missing is one of them. */
export function compareCategories(baseline: CategorySketch, live: CategorySketch): Comparison {
  return compareCells(categoryCells(baseline, live), live.rows, live.missing);
}

/** How often each category is in the baseline, and in the window. Of more than 512 categories, by buckets of their hashes. */
function categoryCells(baseline: CategorySketch, live: CategorySketch): Cell[] {
  const [first, second] = [categoryCounts(baseline), categoryCounts(live)];
  const cells = first && second ? cellsOf(first, second) : cellsOf(bucketCounts(baseline), bucketCounts(live));
  return withMissing(cells, baseline.missing, live.missing);
}

const bucketCounts = (sketch: CategorySketch): Counts => new Map(sketch.buckets().entries());

export const withMissing = (cells: readonly Cell[], baseline: number, live: number): Cell[] =>
  baseline + live > 0 ? [...cells, [baseline, live]] : [...cells];

export function compareCells(cells: readonly Cell[], rows: number, missing: number): Comparison {
  const [m, n] = totalsOf(cells);
  if (Math.min(m, n) < FEWEST) return nothing(rows, missing);
  const { statistic, pValue, cells: kept } = chiSquared(cells);
  const effect = largestShift(cells);
  return {
    rows,
    missing,
    test: 'chi-squared',
    statistic,
    pValue,
    cautious: surest(kept, statistic, allowanceFor(m, n)),
    psi: populationStabilityIndex(cells),
    jensenShannon: jensenShannon(cells),
    effect,
    distance: robustDistance(effect, m, n),
  };
}

/**
 * All categories together see that many shares moved a little, and each against all others that one moved much: of both
 * what is surer, at as many times its p-value as were looked at.
 */
function surest(kept: readonly Cell[], statistic: number, allowance: number): number {
  const together = chiSquaredTail(statistic * allowance, kept.length - 1);
  if (kept.length < 3) return together;
  const alone = chiSquaredTail(againstOthers(kept) * allowance, 1) * kept.length;
  return Math.min(1, 2 * Math.min(together, alone));
}

/** The largest statistic of a category against the rest. */
function againstOthers(cells: readonly Cell[]): number {
  const [m, n] = totalsOf(cells);
  const most = cells.map(([a, b]) => (a * n - b * m) ** 2 / ((a + b) * (m + n - a - b)));
  return (Math.max(...most) * (m + n)) / (m * n);
}

/** The largest difference of a category's shares. */
export function largestShift(cells: readonly Cell[]): number {
  const [m, n] = totalsOf(cells);
  return cells.reduce((most, [a, b]) => Math.max(most, Math.abs(a / m - b / n)), 0);
}
