import { invalid } from '../errors.ts';

/** Buckets to each doubling of the time. */
export const PER_DOUBLING = 32;

/** The first bucket ends at 2^LEAST ms, which is about a microsecond; the last but one at 2^MOST ms, 17 minutes. */
export const LEAST = -10;
const MOST = 20;

const GROWTH = 2 ** (1 / PER_DOUBLING);

/** Where the open bucket stands, the last one: what took longer than 2^MOST ms. */
export const OPEN = (MOST - LEAST) * PER_DOUBLING + 1;

/** How far a quantile may be from the exact one, as a share of it: 1.08 %. Times under a microsecond: by a microsecond. */
export const QUANTILE_ERROR = (GROWTH - 1) / (GROWTH + 1);

/** A bucket that something is in. */
export interface LatencyBucket {
  /** Milliseconds that it ends at, itself included; Infinity of the open one. */
  readonly endMs: number;
  readonly count: number;
}

/** `Latencies` as JSON. */
export interface LatenciesJson {
  /** Index and count of each that something is in, ascending. */
  readonly buckets: readonly (readonly [number, number])[];
  readonly sumMs: number;
  /** The ends of what was recorded. @default - nothing was */
  readonly leastMs?: number;
  readonly mostMs?: number;
}

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

  /**
   * Counts what others have put into buckets by `bucketOf`: their times are taken for the middle of it, and quantiles
   * are as right as ever. Throws `latencies.invalid`.
   */
  addBucket(bucket: number, count: number): void {
    checkBucket(bucket, count);
    (this.#counts[bucket] as number) += count;
    this.#count += count;
    this.#sumMs += count * Math.min(middleOf(bucket), 2 ** MOST);
    this.#leastMs = Math.min(this.#leastMs, bucket === 0 ? 0 : endOf(bucket - 1));
    this.#mostMs = Math.max(this.#mostMs, Math.min(endOf(bucket), 2 ** MOST));
  }

  /** The buckets that something is in, ascending. */
  entries(): LatencyBucket[] {
    return this.#filled().map(([bucket, count]) => ({ endMs: endOf(bucket), count }));
  }

  toJSON(): LatenciesJson {
    const [sumMs, leastMs, mostMs] = [this.#sumMs, this.#leastMs, this.#mostMs];
    return { buckets: this.#filled(), sumMs, ...(this.#count > 0 && { leastMs, mostMs }) };
  }

  /** What `toJSON` gave, parsed. Throws `latencies.invalid` for anything else. */
  static from(json: unknown): Latencies {
    const { buckets, sumMs, leastMs, mostMs } = checkJson(json);
    const latencies = new Latencies();
    for (const [bucket, count] of buckets) {
      latencies.#counts[bucket] = count;
      latencies.#count += count;
    }
    latencies.#sumMs = sumMs;
    latencies.#leastMs = leastMs ?? Infinity;
    latencies.#mostMs = mostMs ?? 0;
    return latencies;
  }

  #filled(): [number, number][] {
    const filled: [number, number][] = [];
    for (const [bucket, count] of this.#counts.entries()) if (count > 0) filled.push([bucket, count]);
    return filled;
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

/**
 * The bucket that a time (ms) is counted in: `ceil((log2(ms) + 10) * 32)`, at least 0 and at most 961. Bucket k holds
 * what took more than 2^((k - 1) / 32 - 10) ms, and at most 2^(k / 32 - 10) ms.
 */
export function bucketOf(ms: number): number {
  const bucket = Math.ceil((Math.log2(ms) - LEAST) * PER_DOUBLING);
  return bucket > 0 ? Math.min(bucket, OPEN) : 0;
}

const endOf = (bucket: number): number => (bucket === OPEN ? Infinity : 2 ** (LEAST + bucket / PER_DOUBLING));

/** The value whose relative distance to both ends of the bucket is the same. The outer buckets: whatever clamps it. */
function middleOf(bucket: number): number {
  if (bucket === 0) return 0;
  return (2 * endOf(bucket)) / (GROWTH + 1);
}

function checkBucket(bucket: unknown, count: unknown): void {
  if (!Number.isInteger(bucket) || (bucket as number) < 0 || (bucket as number) > OPEN) {
    throw bad(`${String(bucket)} is no bucket: they are whole numbers from 0 to ${OPEN}`);
  }
  if (!Number.isSafeInteger(count) || (count as number) < 1) {
    throw bad(`bucket ${String(bucket)} holds ${String(count)}, which is no count from 1`);
  }
}

function checkJson(json: unknown): LatenciesJson {
  const { buckets, sumMs, leastMs, mostMs, ...more } = (json ?? {}) as Partial<LatenciesJson>;
  if (!Array.isArray(buckets) || buckets.length > OPEN + 1) throw bad('its buckets are no list of pairs');
  let before = -1;
  for (const pair of buckets as readonly unknown[]) {
    if (!Array.isArray(pair) || pair.length !== 2) throw bad('a bucket is a pair, an index and a count');
    checkBucket(pair[0], pair[1]);
    if (pair[0] <= before) throw bad('buckets are to ascend');
    before = pair[0] as number;
  }
  if (!isTime(sumMs)) throw bad('sumMs is no sum of times');
  if (buckets.length === 0 ? (leastMs ?? mostMs) !== undefined : !areEnds(leastMs, mostMs)) {
    throw bad('leastMs and mostMs are not the ends of times');
  }
  if (Object.keys(more).length > 0) throw bad(`${Object.keys(more)[0]} is no field of it`);
  return json as LatenciesJson;
}

const isTime = (value: unknown): value is number => Number.isFinite(value) && (value as number) >= 0;

const areEnds = (least: unknown, most: unknown): boolean => isTime(least) && isTime(most) && least <= most;

const bad = (what: string) =>
  invalid('latencies.invalid', `These are no latencies: ${what}.`, { fix: 'Use what was written by this version.' });
