/**
 * A sum of doubles without any rounding, so that it is the same to the bit in whatever order and grouping its terms are
 * added: a number of 2,176 bits, from 2^-1074 on, in limbs of 32 (Neal 2015, "Fast exact summation using small and large
 * superaccumulators").
 */
export class ExactSum {
  /** Each a whole number below 2^53 in magnitude; what is above 32 bits is carried now and then. */
  readonly #limbs = new Float64Array(LIMBS);
  /** Terms until limbs could overflow. */
  #room = MAX_TERMS;

  /** A finite one. */
  add(term: number): void {
    if (this.#room-- === 0) this.#carry();
    double[0] = term;
    const low = words[0] as number;
    const high = words[1] as number;
    const exponent = (high >>> 20) & 0x7ff;
    const top = exponent === 0 ? high & 0xfffff : (high & 0xfffff) | 0x100000;
    const place = exponent === 0 ? 0 : exponent - 1;
    const at = place >>> 5;
    const shift = place & 31;
    const limbs = this.#limbs;
    const sign = (high >> 31) | 1;
    // A shift by 32 is none in JavaScript: it is done in two steps.
    const first = (low << shift) >>> 0;
    const second = ((low >>> 1) >>> (31 - shift)) + ((top << shift) >>> 0);
    const third = (top >>> 1) >>> (31 - shift);
    limbs[at] = (limbs[at] as number) + sign * first;
    limbs[at + 1] = (limbs[at + 1] as number) + sign * second;
    limbs[at + 2] = (limbs[at + 2] as number) + sign * third;
  }

  /**
   * The first terms of a block, 1,024 at most. Each is cut at two places that are the same for all of them, so that what
   * is above adds up in a double without rounding: what little is left is added by itself. None is more than `most` in
   * magnitude.
   */
  addBlock(terms: Float64Array, count: number, most: number): void {
    const exponent = exponentOf(most);
    if (exponent < LEAST_EXPONENT || exponent > MOST_EXPONENT) {
      for (let i = 0; i < count; i++) this.add(terms[i] as number);
      return;
    }
    const cut = 1.5 * 2 ** (exponent + BLOCK_BITS);
    const lower = cut * 2 ** -CUT_BITS;
    let [first, second] = [0, 0];
    for (let i = 0; i < count; i++) {
      const term = terms[i] as number;
      const upper = term + cut - cut;
      const rest = term - upper;
      const middle = rest + lower - lower;
      first += upper;
      second += middle;
      if (rest !== middle) this.add(rest - middle);
    }
    this.add(first);
    this.add(second);
  }

  addSum(other: ExactSum): void {
    this.#carry();
    other.#carry();
    for (let i = 0; i < LIMBS; i++) this.#limbs[i] = (this.#limbs[i] as number) + (other.#limbs[i] as number);
    this.#carry();
  }

  /** By 2^-1074, the smallest double there is. */
  toBigInt(): bigint {
    this.#carry();
    let sum = 0n;
    for (let i = LIMBS - 1; i >= 0; i--) sum = (sum << 32n) + BigInt(this.#limbs[i] as number);
    return sum;
  }

  /** The inverse; less than 2^(32 * 67) in magnitude. */
  static fromBigInt(sum: bigint): ExactSum {
    const exact = new ExactSum();
    const sign = sum < 0n ? -1 : 1;
    let rest = sum < 0n ? -sum : sum;
    for (let i = 0; rest > 0n; i++, rest >>= 32n) exact.#limbs[i] = sign * Number(rest & 0xffffffffn);
    return exact;
  }

  get byteLength(): number {
    return this.#limbs.byteLength;
  }

  /** Each limb to 32 bits; the last one keeps the sign. */
  #carry(): void {
    const limbs = this.#limbs;
    for (let i = 0; i < LIMBS - 1; i++) {
      const carried = Math.floor((limbs[i] as number) / 0x1_0000_0000);
      limbs[i] = (limbs[i] as number) - carried * 0x1_0000_0000;
      limbs[i + 1] = (limbs[i + 1] as number) + carried;
    }
    this.#room = MAX_TERMS;
  }
}

/** Terms of a block, at most. */
export const BLOCK = 1024;
const BLOCK_BITS = 10;

/**
 * Adding 1.5 * 2^k rounds to multiples of 2^(k - 52): of numbers below 2^e, with k = e + 10, 42 bits are left above the
 * cut, and 2^10 of them add up to 52.
 */
const CUT_BITS = 52 - BLOCK_BITS;

/** Where all of that lies far from the ends of what doubles hold. */
const LEAST_EXPONENT = -900;
const MOST_EXPONENT = 1000;

/** A power of two that is more than a number. */
function exponentOf(size: number): number {
  double[0] = size;
  return ((words[1] as number) >>> 20) - 1022;
}

/** 2^1024 has its last bit in the 66th; two more hold sums of 2^53 such. */
const LIMBS = 68;

/** A term adds less than 2^33 to a limb of less than 2^33. */
const MAX_TERMS = 2 ** 19;

/** The power of two that sums are whole numbers of. */
export const UNIT_BITS = 1074n;

/** Bits of the largest sum. */
export const MAX_SUM_BITS = 32 * (LIMBS - 1);

const double = new Float64Array(1);
/** The same 8 bytes: fraction's low half first (every Node is little-endian). */
const words = new Uint32Array(double.buffer);

/** The double that is nearest to a quotient of whole numbers; the divisor is more than 0. */
export function quotient(dividend: bigint, divisor: bigint): number {
  if (dividend === 0n) return 0;
  const size = dividend < 0n ? -dividend : dividend;
  // So many bits that one more of them, which says that there is a rest, decides no tie wrongly.
  const shift = Math.max(0, 66 - (bitsOf(size) - bitsOf(divisor)));
  const scaled = size << BigInt(shift);
  const whole = scaled / divisor;
  const rest = whole * divisor === scaled ? 0n : 1n;
  const drop = Math.max(0, bitsOf(whole) - 66);
  const kept = whole >> BigInt(drop);
  const lost = rest === 1n || kept << BigInt(drop) !== whole ? 1n : 0n;
  const value = scale(Number((kept << 1n) | lost), drop - shift - 1);
  return dividend < 0n ? -value : value;
}

const bitsOf = (value: bigint): number => (value === 0n ? 0 : (value.toString(16).length - 1) * 4 + topBits(value));

const topBits = (value: bigint): number => 32 - Math.clz32(Number.parseInt(value.toString(16)[0] as string, 16));

/** By a power of two, in steps that are doubles. */
function scale(value: number, exponent: number): number {
  let [scaled, left] = [value, exponent];
  for (; left > 1000; left -= 1000) scaled *= 2 ** 1000;
  for (; left < -1000; left += 1000) scaled *= 2 ** -1000;
  return scaled * 2 ** left;
}
