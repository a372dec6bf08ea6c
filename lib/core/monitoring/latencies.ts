/** Buckets to each doubling of the time. */
const PER_DOUBLING = 32;

/** The first bucket ends at 2^LEAST ms, which is about a microsecond; the last but one at 2^MOST ms, 17 minutes. */
const LEAST = -10;
const MOST = 20;

const GROWTH = 2 ** (1 / PER_DOUBLING);

/** Where the open bucket stands: what took longer than 2^MOST ms. */
const OPEN = (MOST - LEAST) * PER_DOUBLING + 1;

/** How far a quantile may be from the exact one, as a share of it: 1.08 %. Times under a microsecond: by a microsecond. */
export const QUANTILE_ERROR = (GROWTH - 1) / (GROWTH + 1);

/**
 * How long requests took, in buckets whose ends are 2^(k/32) ms: memory does not grow with the number of requests, any
 * quantile is right within `QUANTILE_ERROR`, and those of several processes or versions add up.
 */
export class Latencies {
  readonly #counts = new Float64Array(OPEN + 1);
  #count = 0;
  #sumMs = 0;
  #leastMs = Infinity;
  #mostMs = 0;

  get count(): number {
    return this.#count;
  }

  get sumMs(): number {
    return this.#sumMs;
  }

  /** What is no time, as a clock that was set back may give, counts as none. */
  record(ms: number): void {
    const time = ms > 0 ? ms : 0;
    (this.#counts[bucketOf(time)] as number) += 1;
    this.#count += 1;
    this.#sumMs += time;
    if (time < this.#leastMs) this.#leastMs = time;
    if (time > this.#mostMs) this.#mostMs = time;
  }

  /** Adds what `other` has counted. */
  merge(other: Latencies): void {
    for (const [bucket, count] of other.#counts.entries()) (this.#counts[bucket] as number) += count;
    this.#count += other.#count;
    this.#sumMs += other.#sumMs;
    this.#leastMs = Math.min(this.#leastMs, other.#leastMs);
    this.#mostMs = Math.max(this.#mostMs, other.#mostMs);
  }

  /**
   * Milliseconds that a share `q` (0 to 1) of the requests took at most, as numpy's `inverted_cdf` has it; undefined
   * where there are no requests.
   */
  quantile(q: number): number | undefined {
    if (this.#count === 0) return undefined;
    const rank = Math.max(1, Math.ceil(q * this.#count));
    let below = 0;
    const bucket = this.#counts.findIndex((count) => (below += count) >= rank);
    return Math.min(Math.max(middleOf(bucket), this.#leastMs), this.#mostMs);
  }

  /** How many took at most 2^exponent ms, for each exponent; they are whole, ascending, and from -10 to 20. */
  atMost(exponents: readonly number[]): number[] {
    let bucket = 0;
    let sum = 0;
    return exponents.map((exponent) => {
      const end = (exponent - LEAST) * PER_DOUBLING;
      for (; bucket <= end; bucket++) sum += this.#counts[bucket] as number;
      return sum;
    });
  }
}

function bucketOf(ms: number): number {
  const bucket = Math.ceil((Math.log2(ms) - LEAST) * PER_DOUBLING);
  return bucket < 0 ? 0 : bucket > OPEN ? OPEN : bucket;
}

/** The value whose relative distance to both ends of the bucket is the same. The outer buckets: whatever clamps it. */
function middleOf(bucket: number): number {
  if (bucket === 0) return 0;
  if (bucket === OPEN) return Infinity;
  const end = 2 ** (LEAST + bucket / PER_DOUBLING);
  return (2 * end) / (GROWTH + 1);
}
