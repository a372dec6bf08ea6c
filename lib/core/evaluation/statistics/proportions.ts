import { betaQuantile } from './beta.ts';
import { ALPHA, criticalValue, type Interval } from './interval.ts';

/** How many of how many: `events` is at least 0 and at most `trials`. */
export interface Share {
  readonly events: number;
  readonly trials: number;
}

/** Where nothing was tried, nothing is known. */
const ANYTHING: Interval = { low: 0, high: 1 };

/** The score interval of a proportion (Wilson 1927), as statsmodels' `proportion_confint(method='wilson')` has it. */
export function wilson({ events, trials }: Share, alpha: number = ALPHA): Interval {
  if (trials === 0) return ANYTHING;
  const z2 = criticalValue(alpha) ** 2;
  const failures = trials - events;
  const middle = events + z2 / 2;
  const half = Math.sqrt(z2 * ((events * failures) / trials + z2 / 4));
  return {
    low: events === 0 ? 0 : (middle - half) / (trials + z2),
    high: failures === 0 ? 1 : (middle + half) / (trials + z2),
  };
}

/** The exact interval of a proportion (Clopper and Pearson 1934): it misses at most alpha, and mostly less. */
export function clopperPearson({ events, trials }: Share, alpha: number = ALPHA): Interval {
  const failures = trials - events;
  return {
    low: events === 0 ? 0 : betaQuantile(alpha / 2, events, failures + 1),
    high: failures === 0 ? 1 : betaQuantile(1 - alpha / 2, events + 1, failures),
  };
}
