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

/**
 * As many values lie below the true quantile as of `n` tries succeed with probability `q`, whatever the values'
 * distribution: the sign test. The confidence is its mid-p. The bootstrap of a quantile tends to the same, but can say
 * nothing beyond the largest value: this says how likely it is that too few were seen to know the end.
 */
function beliefOf(buckets: Iterable<Bucket>, q: number): Belief {
  const sorted = sortedBuckets(buckets);
  const n = sorted.reduce((sum, { count }) => sum + count, 0);
  let seen = 0;
  const values = [0];
  const sure = [midP(0, n, q)];
  for (const { endMs, count } of sorted) {
    const upTo = midP((seen += count), n, q);
    // Where nothing is added, the quantile surely does not lie.
    if (upTo === sure.at(-1)) continue;
    values.push(endMs);
    sure.push(upTo);
  }
  return { values: [...values, Infinity], sure: [...sure, 1] };
}

const sortedBuckets = (buckets: Iterable<Bucket>): Bucket[] =>
  [...buckets].filter(({ count }) => count > 0).sort((a, b) => a.endMs - b.endMs);

/** So far from the mean no more than 1e-20 is left (Bernstein's inequality). */
function midP(below: number, n: number, q: number): number {
  const far = 10 * Math.sqrt(n * q * (1 - q)) + 40;
  if (Math.abs(below - n * q) > far) return below < n * q ? 0 : 1;
  return (binomialCdf(below - 1, n, q) + binomialCdf(below, n, q)) / 2;
}

/** The value that a share `q` (0 to 1) is at most, as numpy's `inverted_cdf` has it; NaN of nothing. */
export function quantileOf(buckets: Iterable<Bucket>, q: number): number {
  const sorted = sortedBuckets(buckets);
  const rank = Math.max(1, Math.ceil(q * sorted.reduce((sum, { count }) => sum + count, 0)));
  let below = 0;
  return sorted.find(({ count }) => (below += count) >= rank)?.endMs ?? Number.NaN;
}

/** The distribution-free interval of a quantile. Its high end is Infinity where too few values were seen to know. */
export function quantileInterval(
  buckets: Iterable<Bucket>,
  q: number,
  alpha: number = ALPHA,
): Interval & { readonly value: number } {
  const all = [...buckets];
  const { values, sure } = beliefOf(all, q);
  const at = (confidence: number) => values[sure.findIndex((share) => share >= confidence)] as number;
  return { value: quantileOf(all, q), low: at(alpha / 2), high: at(1 - alpha / 2) };
}

/**
 * The interval of the ratio of two quantiles, of independent samples, the first by the second: what is known of each
 * (see `quantileInterval`) put together, exactly and without chance. 0 and Infinity where too little was seen. The ends of
 * log buckets stand for all that is in them: the ratio is off by a bucket's width at most.
 */
export function quantileRatio(
  first: Iterable<Bucket>,
  second: Iterable<Bucket>,
  q: number,
  alpha: number = ALPHA,
): Interval & { readonly ratio: number } {
  const [a, b] = [[...first], [...second]];
  const confidence = ratioConfidence(beliefOf(a, q), beliefOf(b, q));
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
