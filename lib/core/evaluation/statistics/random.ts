import { logGamma } from './gamma.ts';

/**
 * Numbers that look like chance and depend on the seed alone: xoshiro128** (Blackman and Vigna 2021), whose state comes
 * from the seed by the mixing of murmur3.
 */
export class Random {
  readonly #state: Uint32Array;

  /** Any whole number. */
  constructor(seed: number) {
    this.#state = Uint32Array.from({ length: 4 }, (_, index) => mix(seed + Math.imul(index + 1, 0x9e3779b9)));
    // The one state that only gives zeros.
    if (this.#state.every((word) => word === 0)) this.#state[0] = 1;
  }

  /** 32 bits. */
  next(): number {
    const state = this.#state as unknown as [number, number, number, number];
    const result = Math.imul(rotate(Math.imul(state[1], 5), 7), 9) >>> 0;
    const shifted = state[1] << 9;
    state[2] ^= state[0];
    state[3] ^= state[1];
    state[1] ^= state[2];
    state[0] ^= state[3];
    state[2] ^= shifted;
    state[3] = rotate(state[3], 11);
    return result;
  }

  /** At least 0 and less than 1, of 53 bits. */
  uniform(): number {
    return ((this.next() >>> 5) * 0x4000000 + (this.next() >>> 6)) / 2 ** 53;
  }

  /** Whole, at least 0 and less than `n`, which is at most 2^32: off from even by no more than n / 2^32. */
  below(n: number): number {
    return Math.floor((this.next() / 2 ** 32) * n);
  }

  /** How many of `n` tries succeed, each with probability `p`. */
  binomial(n: number, p: number): number {
    if (p > 0.5) return n - this.binomial(n, 1 - p);
    if (n === 0 || p <= 0) return 0;
    return n * p < 10 ? this.#fewSuccesses(n, p) : this.#manySuccesses(n, p);
  }

  /** By the gaps between successes, which are geometric. */
  #fewSuccesses(n: number, p: number): number {
    const perGap = Math.log1p(-p);
    let tries = 0;
    for (let successes = 0; ; successes++) {
      tries += Math.floor(Math.log(1 - this.uniform()) / perGap) + 1;
      if (tries > n) return successes;
    }
  }

  /** BTRS: transformed rejection (Hörmann 1993, "The generation of binomial random variates"). */
  #manySuccesses(n: number, p: number): number {
    const sd = Math.sqrt(n * p * (1 - p));
    const b = 1.15 + 2.53 * sd;
    const a = -0.0873 + 0.0248 * b + 0.01 * p;
    const middle = n * p + 0.5;
    const likely = 0.92 - 4.2 / b;
    const alpha = (2.83 + 5.1 / b) * sd;
    const mode = Math.floor((n + 1) * p);
    for (;;) {
      const u = this.uniform() - 0.5;
      const v = this.uniform();
      const us = 0.5 - Math.abs(u);
      const k = Math.floor(((2 * a) / us + b) * u + middle);
      if (us >= 0.07 && v <= likely) return k;
      if (k < 0 || k > n) continue;
      if (Math.log((v * alpha) / (a / (us * us) + b)) <= logRatio(k, mode, n, p)) return k;
    }
  }
}

/** ln of the binomial probability of `k` by that of `mode`. */
function logRatio(k: number, mode: number, n: number, p: number): number {
  const odds = Math.log(p / (1 - p));
  return logFactorial(mode) + logFactorial(n - mode) - logFactorial(k) - logFactorial(n - k) + (k - mode) * odds;
}

const SMALL_FACTORIALS = Float64Array.from({ length: 32 }, (_, n) => logGamma(n + 1));

/** ln n!, by Stirling's series where that has all digits. */
const logFactorial = (n: number): number =>
  n < 32
    ? (SMALL_FACTORIALS[n] as number)
    : (n + 0.5) * Math.log(n) - n + Math.log(2 * Math.PI) / 2 + (1 / 12 - (1 / 360 - 1 / 1260 / (n * n)) / (n * n)) / n;

const rotate = (word: number, by: number): number => (word << by) | (word >>> (32 - by));

function mix(word: number): number {
  let bits = Math.imul(word ^ (word >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return (bits ^ (bits >>> 16)) >>> 0;
}
