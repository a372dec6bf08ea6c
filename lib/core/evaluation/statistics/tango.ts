import { ALPHA, criticalValue, type Interval } from './interval.ts';
import type { Discordance } from './mcnemar.ts';
import { normalCdf } from './normal.ts';
import { rootOf } from './root.ts';

/** What two models did on the very same rows. */
export interface PairedCounts extends Discordance {
  /** All rows, those on which both are right or both are wrong included. */
  readonly rows: number;
}

/**
 * Variance, for one row, of the difference of two paired shares of which `gained` and `lost` were seen (as shares of the
 * rows), were the difference truly `difference`: with the constrained maximum likelihood estimate in closed form, Tango
 * 1998 (Statistics in Medicine 17:891-908). 0 where the difference allows no chance at all.
 */
export function constrainedVariance(gained: number, lost: number, difference: number): number {
  if (difference < 0) return constrainedVariance(lost, gained, -difference);
  const b = -gained - lost + (2 - gained + lost) * difference;
  const c = -lost * difference * (1 - difference);
  const root = Math.sqrt(b * b - 8 * c);
  const losing = b > 0 ? (-2 * c) / (b + root) : (root - b) / 4;
  return 2 * losing + difference * (1 - difference);
}

/** How many standard errors the seen difference lies over `difference`. */
function score({ rows, gained, lost }: PairedCounts, difference: number): number {
  const over = (gained - lost) / rows - difference;
  const variance = constrainedVariance(gained / rows, lost / rows, difference);
  return over === 0 ? 0 : over / Math.sqrt(variance / rows);
}

/**
 * The score interval of the difference of two paired proportions, challenger less champion (Tango 1998). It keeps its
 * coverage where few rows are discordant, and with none it is as wide as the rows are few. Of no rows: -1 to 1, and the
 * difference is NaN.
 */
export function tangoInterval(counts: PairedCounts, alpha: number = ALPHA): Interval & { readonly difference: number } {
  const { rows, gained, lost } = counts;
  const difference = (gained - lost) / rows;
  if (rows === 0) return { difference, low: -1, high: 1 };
  const z = criticalValue(alpha);
  return {
    difference,
    low: rootOf((at) => score(counts, at) - z, -1, difference),
    high: rootOf((at) => score(counts, at) + z, difference, 1),
  };
}

/**
 * The one-sided score test of "the challenger is worse by `margin` or more" (Tango 1998; Nam 1997): a p-value of at most
 * alpha rejects that, and says just what the low end of the interval of 2 alpha says.
 */
export function nonInferiorityTest(
  counts: PairedCounts,
  margin: number,
): { readonly z: number; readonly pValue: number } {
  if (counts.rows === 0) return { z: 0, pValue: 1 };
  const z = score(counts, -margin);
  return { z, pValue: normalCdf(-z) };
}
