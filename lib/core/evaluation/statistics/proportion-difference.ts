import { ALPHA, criticalValue, type Interval } from './interval.ts';
import { type Share, wilson } from './proportions.ts';
import { odds, rootOf } from './root.ts';

export interface ProportionDifferenceOptions {
  /** @default 0.05 */
  readonly alpha?: number;
  /** @default 'miettinen-nurminen' */
  readonly method?: 'miettinen-nurminen' | 'newcombe';
}

/** A difference of two proportions, the first less the second. */
export type ProportionDifference = Interval & { readonly difference: number };

/**
 * The interval of the difference of two independent proportions, such as error rates of challenger and champion. The
 * score interval of Miettinen and Nurminen (1985, Statistics in Medicine 4:213-226) holds its
 * coverage with no events at all; Newcombe's hybrid of two Wilson intervals (1998, 17:873-890, method 10) has a closed
 * form. Where a side has no trials: -1 to 1, and NaN.
 */
export function proportionDifference(
  first: Share,
  second: Share,
  { alpha = ALPHA, method = 'miettinen-nurminen' }: ProportionDifferenceOptions = {},
): ProportionDifference {
  const difference = first.events / first.trials - second.events / second.trials;
  if (Number.isNaN(difference)) return { difference, low: -1, high: 1 };
  const interval = method === 'newcombe' ? newcombe(first, second, alpha) : scoreInterval(first, second, alpha);
  return { difference, ...interval };
}

function newcombe(first: Share, second: Share, alpha: number): Interval {
  const [a, b] = [first.events / first.trials, second.events / second.trials];
  const [ofFirst, ofSecond] = [wilson(first, alpha), wilson(second, alpha)];
  return {
    low: a - b - Math.hypot(a - ofFirst.low, ofSecond.high - b),
    high: a - b + Math.hypot(ofFirst.high - a, b - ofSecond.low),
  };
}

function scoreInterval(first: Share, second: Share, alpha: number): Interval {
  const z = criticalValue(alpha);
  const seen = first.events / first.trials - second.events / second.trials;
  const score = (difference: number) =>
    seen === difference ? 0 : (seen - difference) / Math.sqrt(varianceOfDifference(first, second, difference));
  return { low: rootOf((at) => score(at) - z, -1, seen), high: rootOf((at) => score(at) + z, seen, 1) };
}

/**
 * Variance of the difference, were it truly `difference`: with the constrained maximum likelihood estimate, which is
 * where the slope of the likelihood (it only falls) crosses zero.
 */
export function varianceOfDifference(first: Share, second: Share, difference: number): number {
  const slope = (p: number) => slopeOf(first, p + difference) + slopeOf(second, p);
  const p = rootOf(slope, Math.max(0, -difference), Math.min(1, 1 - difference));
  return corrected(first, second, spread(p + difference) / first.trials + spread(p) / second.trials);
}

/** Slope of a binomial likelihood's logarithm at `p`. */
const slopeOf = ({ events, trials }: Share, p: number): number =>
  (events === 0 ? 0 : events / Math.max(p, 0)) - (events === trials ? 0 : (trials - events) / Math.max(1 - p, 0));

const spread = (p: number): number => Math.max(0, p * (1 - p));

/** Miettinen and Nurminen's correction, which distinguishes their interval from Mee's. */
const corrected = (first: Share, second: Share, variance: number): number => {
  const trials = first.trials + second.trials;
  return (variance * trials) / (trials - 1);
};

/**
 * The score interval of the ratio of two independent proportions, the first by the second (Miettinen and Nurminen 1985;
 * Koopman 1984 is the same without their correction). With no events of the second the high end is Infinity.
 */
export function proportionRatio(
  first: Share,
  second: Share,
  alpha: number = ALPHA,
): Interval & { readonly ratio: number } {
  const [a, b] = [first.events / first.trials, second.events / second.trials];
  if (!(a + b > 0)) return { ratio: a / b, low: 0, high: Infinity };
  const z = criticalValue(alpha);
  const score = (ratio: number) => {
    const over = a - ratio * b;
    return over === 0 ? 0 : over / Math.sqrt(varianceOfRatio(first, second, ratio));
  };
  // By share = ratio / (1 + ratio), so that both ends are finite.
  const at = (share: number) => score(odds(share));
  const seen = a / (a + b);
  return {
    ratio: a / b,
    low: a === 0 ? 0 : odds(rootOf((share) => at(share) - z, 0, seen)),
    high: b === 0 ? Infinity : odds(rootOf((share) => at(share) + z, seen, 1 - 1e-12)),
  };
}

function varianceOfRatio(first: Share, second: Share, ratio: number): number {
  const slope = (p: number) => ratio * slopeOf(first, ratio * p) + slopeOf(second, p);
  const p = rootOf(slope, 0, Math.min(1, 1 / ratio));
  return corrected(first, second, spread(ratio * p) / first.trials + (ratio * ratio * spread(p)) / second.trials);
}
