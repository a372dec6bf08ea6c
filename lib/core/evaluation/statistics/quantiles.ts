import { binomialCdf } from './beta.ts';
import { ALPHA, type Interval } from './interval.ts';
import { odds, rootOf } from './root.ts';

/** So many values that are at most `endMs`, and more than the end of the bucket before; as `Latencies.entries()` gives them. */
export interface Bucket {
  readonly endMs: number;
  readonly count: number;
}

/** A bucket for each value of a sample. */
export const bucketsOf = (samples: readonly number[]): Bucket[] => samples.map((endMs) => ({ endMs, count: 1 }));

/** What is known of where a quantile lies: `sure[i]` is the confidence that it is at most `values[i]`. */
interface Belief {
  /** Ascending; begins with 0 and ends with Infinity. */
  readonly values: readonly number[];
  readonly sure: readonly number[];
}

/** How sure it is that a quantile is at most a value, where `below` of `n` are at most that. */
type Confidence = (below: number, n: number, q: number) => number;

/**
 * As many values lie below the true quantile as of `n` tries succeed with probability `q`, whatever the values'
 * distribution: the sign test. The bootstrap of a quantile tends to the same, but can say
 * nothing beyond the largest value: this says how likely it is that too few were seen to know the end.
 */
function beliefOf(buckets: Iterable<Bucket>, q: number, confidence: Confidence): Belief {
  const sorted = sortedBuckets(buckets);
  const n = sorted.reduce((sum, { count }) => sum + count, 0);
  let seen = 0;
  const values = [0];
  const sure = [confidence(0, n, q)];
  for (const { endMs, count } of sorted) {
    const upTo = confidence((seen += count), n, q);
    // Where nothing is added, the quantile surely does not lie.
    if (upTo === sure.at(-1)) continue;
    values.push(endMs);
    sure.push(upTo);
  }
  return { values: [...values, Infinity], sure: [...sure, 1] };
}

const sortedBuckets = (buckets: Iterable<Bucket>): Bucket[] =>
  [...buckets].filter(({ count }) => count > 0).sort((a, b) => a.endMs - b.endMs);

/** P(X <= k) of `n` tries. So far from the mean no more than 1e-20 is left (Bernstein's inequality). */
function cdf(k: number, n: number, q: number): number {
  const far = 10 * Math.sqrt(n * q * (1 - q)) + 40;
  if (Math.abs(k - n * q) > far) return k < n * q ? 0 : 1;
  return binomialCdf(k, n, q);
}

/** The confidence that is never more than it says: an upper end at 1 - alpha by it is too low in alpha of the cases at most. */
const atLeastSure: Confidence = (below, n, q) => cdf(below - 1, n, q);

/** The confidence that is never less: by it a lower end at alpha is too high in alpha of the cases at most. */
const atMostSure: Confidence = cdf;

/** Between both: right on average, and with few values of a far quantile up to twice as often wrong as it says. */
const midP: Confidence = (below, n, q) => (cdf(below - 1, n, q) + cdf(below, n, q)) / 2;

/** The value that a share `q` (0 to 1) is at most, as numpy's `inverted_cdf` has it; NaN of nothing. */
export function quantileOf(buckets: Iterable<Bucket>, q: number): number {
  const sorted = sortedBuckets(buckets);
  const rank = Math.max(1, Math.ceil(q * sorted.reduce((sum, { count }) => sum + count, 0)));
  let below = 0;
  return sorted.find(({ count }) => (below += count) >= rank)?.endMs ?? Number.NaN;
}

/**
 * The distribution-free interval of a quantile, exact: each end is missed with alpha / 2 at most, whatever the distribution
 * (Conover 1999, Practical Nonparametric Statistics, 3.2). Its high end is Infinity where too few values were seen to know:
 * fewer than ln(alpha / 2) / ln(q).
 */
export function quantileInterval(
  buckets: Iterable<Bucket>,
  q: number,
  alpha: number = ALPHA,
): Interval & { readonly value: number } {
  const all = [...buckets];
  const [least, most] = [beliefOf(all, q, atMostSure), beliefOf(all, q, atLeastSure)];
  const low = least.values[least.sure.findIndex((share) => share > alpha / 2)] as number;
  const high = most.values[most.sure.findIndex((share) => share >= 1 - alpha / 2)] as number;
  return { value: quantileOf(all, q), low, high };
}

/**
 * The interval of the ratio of two quantiles, of independent samples, the first by the second: what is known of each
 * (the sign test's mid-p) put together, without chance. 0 and Infinity where too little was seen. The ends of
 * log buckets stand for all that is in them: the ratio is off by a bucket's width at most.
 */
export function quantileRatio(
  first: Iterable<Bucket>,
  second: Iterable<Bucket>,
  q: number,
  alpha: number = ALPHA,
): Interval & { readonly ratio: number } {
  const [a, b] = [[...first], [...second]];
  const confidence = ratioConfidence(beliefOf(a, q, midP), beliefOf(b, q, midP));
  return {
    ratio: quantileOf(a, q) / quantileOf(b, q),
    low: least((ratio) => confidence(ratio, 'low') >= alpha / 2),
    high: least((ratio) => confidence(ratio, 'high') >= 1 - alpha / 2),
  };
}

/**
 * How sure it is that the ratio is at most so much. Where both quantiles may be 0, or both beyond all that was seen, the
 * ratio may be anything: that counts against either end.
 */
function ratioConfidence(first: Belief, second: Belief): (ratio: number, end: keyof Interval) => number {
  const share = ({ sure }: Belief, index: number) =>
    (sure[index] as number) - (index > 0 ? (sure[index - 1] as number) : 0);
  const unknown =
    share(first, 0) * share(second, 0) +
    share(first, first.values.length - 1) * share(second, second.values.length - 1);
  return (ratio, end) => {
    let sum = 0;
    let index = 0;
    for (const [at, value] of second.values.entries()) {
      while ((first.values[index + 1] ?? Number.NaN) <= ratio * value) index++;
      sum += share(second, at) * (first.sure[index] as number);
    }
    return end === 'low' ? sum : sum - unknown;
  };
}

/** The least number from which on `enough` says yes; Infinity if it never does. By r / (1 + r), which is finite. */
function least(enough: (ratio: number) => boolean): number {
  const [none, most] = [1e-9, 1 - 1e-9];
  if (enough(odds(none))) return 0;
  if (!enough(odds(most))) return Infinity;
  return odds(rootOf((share) => (enough(odds(share)) ? 1 : -1), none, most));
}
