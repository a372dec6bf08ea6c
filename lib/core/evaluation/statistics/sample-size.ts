import { normalQuantile } from './normal.ts';
import { varianceOfDifference } from './proportion-difference.ts';
import { constrainedVariance } from './tango.ts';

interface Resolution {
  /** What the challenger may be worse by. */
  readonly margin: number;
  /** One-sided: how often a challenger that is worse by the margin may pass. @default 0.05 */
  readonly alpha?: number;
  /** How often an equal challenger shall pass. @default 0.8 */
  readonly power?: number;
}

/**
 * Rows that the paired score test of non-inferiority needs (Nam 1997, Biometrics 53:1422-1430):
 * ((z_alpha s0 + z_beta s1) / margin)^2, where s1^2 is the share of discordant rows of two models that are equal, and
 * s0^2 the variance that the test takes for it at the margin. With s0 = s1 it is the better known
 * (z_alpha + z_beta)^2 discordance / margin^2 (Liu et al. 2002, Statistics in Medicine 21:231-245), which asks for too
 * few rows where the discordance is not far above the margin.
 */
export function rowsToResolve({
  margin,
  alpha = 0.05,
  power = 0.8,
  discordance = 0.02,
}: Resolution & {
  /** Share of the rows on which just one of both is right. @default 0.02 */
  readonly discordance?: number;
}): number {
  const atMargin = constrainedVariance(discordance / 2, discordance / 2, -margin);
  return needed(atMargin, discordance, { margin, alpha, power });
}

/**
 * Trials of each side that the score test of two independent proportions needs to show that the first is worse by less
 * than `margin`, where both are `rate` (Farrington and Manning 1990, Statistics in Medicine 9:1447-1454).
 */
export function rowsToResolveUnpaired({
  margin,
  rate,
  alpha = 0.05,
  power = 0.8,
}: Resolution & {
  /** Of what is bad, the same for both, such as errors; at most 1 - margin. Of an accuracy, 1 less it. */
  readonly rate: number;
}): number {
  const seen = { events: rate * LARGE, trials: LARGE };
  const atMargin = varianceOfDifference(seen, seen, margin) * LARGE;
  return needed(atMargin, 2 * rate * (1 - rate), { margin, alpha, power });
}

/** So many trials that what is seen is what is true. */
const LARGE = 1e9;

const needed = (atMargin: number, ifEqual: number, { margin, alpha, power }: Required<Resolution>): number => {
  const z = normalQuantile(1 - alpha) * Math.sqrt(atMargin) + normalQuantile(power) * Math.sqrt(ifEqual);
  return Math.ceil((z / margin) ** 2);
};
