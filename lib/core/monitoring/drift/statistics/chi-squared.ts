import { upperGamma } from '../../../evaluation/statistics/gamma.ts';
import type { TestResult } from './kolmogorov-smirnov.ts';

/** How often each category is there; of one that is not named, never. */
export type Counts = ReadonlyMap<string | number, number>;

interface ChiSquaredResult extends TestResult {
  readonly degrees: number;
  /** What was compared: see `pooled`. */
  readonly cells: readonly Cell[];
}

/** Of a category in either sample, by chance: with fewer the statistic is not distributed as it is taken to be (Cochran 1954). */
const EXPECTED = 5;

/**
 * Pearson's chi-squared test that two sets of counts are of one distribution, as `scipy.stats.chi2_contingency` without
 * Yates' correction. Categories that are too rare are looked at as one: see `pooled`.
 */
export function chiSquared(all: readonly Cell[]): ChiSquaredResult {
  const cells = pooled(all);
  const degrees = Math.max(0, cells.length - 1);
  const statistic = degrees === 0 ? 0 : statisticOf(cells);
  return { statistic, degrees, pValue: chiSquaredTail(statistic, degrees), cells };
}

export const chiSquaredTail = (statistic: number, degrees: number): number =>
  degrees === 0 ? 1 : upperGamma(degrees / 2, statistic / 2);

/** How often a category is in the first and in the second. */
export type Cell = readonly [number, number];

export function cellsOf(first: Counts, second: Counts): Cell[] {
  const cells: Cell[] = [];
  for (const [category, count] of first) cells.push([count, second.get(category) ?? 0]);
  for (const [category, count] of second) if (!first.has(category)) cells.push([0, count]);
  return cells.filter(([a, b]) => a + b > 0);
}

/**
 * Categories of which fewer than 5 are to be expected in the smaller sample are put together, and with them as many of the
 * next rarer ones as give 5; but two are left where there are two, so that a category that is all new is seen.
 */
function pooled(cells: readonly Cell[]): Cell[] {
  const [m, n] = totalsOf(cells);
  const share = Math.min(m, n) / (m + n);
  const sorted = cells.toSorted((x, y) => y[0] + y[1] - x[0] - x[1]);
  let rest: Cell = [0, 0];
  while (sorted.length > 1) {
    const next = sorted.at(-1) as Cell;
    const isRare = (next[0] + next[1]) * share < EXPECTED;
    const isFew = rest[0] + rest[1] > 0 && (rest[0] + rest[1]) * share < EXPECTED;
    if (!isRare && !isFew) break;
    sorted.pop();
    rest = [rest[0] + next[0], rest[1] + next[1]];
  }
  return rest[0] + rest[1] > 0 ? [...sorted, rest] : sorted;
}

export function totalsOf(cells: readonly Cell[]): Cell {
  let [m, n] = [0, 0];
  for (const [a, b] of cells) {
    m += a;
    n += b;
  }
  return [m, n];
}

/** Of two samples: the sum of (a n - b m)^2 / (m n (a + b)). */
function statisticOf(cells: readonly Cell[]): number {
  const [m, n] = totalsOf(cells);
  return cells.reduce((sum, [a, b]) => sum + (a * n - b * m) ** 2 / (a + b), 0) / (m * n);
}
