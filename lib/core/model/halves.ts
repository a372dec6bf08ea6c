/**
 * IEEE 754 binary16, "half": a sign bit, 5 exponent bits (bias 15), 10 fraction bits. Arithmetic on the bits of a double
 * does the rounding, so that each conversion rounds once, ties to even; Node has `Float16Array` only since 24.
 */
const double = new Float64Array(1);
/** The same 8 bytes: fraction's low half first, then sign, exponent and the rest (every Node is little-endian). */
const words = new Uint32Array(double.buffer);
const single = new Float32Array(1);
const singleBits = new Uint32Array(single.buffer);

const INFINITE = 0x7c00;
const QUIET_NAN = 0x7e00;

/** The value that 16 bits stand for, exactly. NaN payloads are not kept. */
export function halfToNumber(bits: number): number {
  const magnitude = bits & 0x7fff;
  if (magnitude > INFINITE) return Number.NaN;
  // Placed as a float32 the exponent is 127 - 15 too small; the product makes subnormals whole too.
  singleBits[0] = magnitude << 13;
  const value = magnitude === INFINITE ? Number.POSITIVE_INFINITY : (single[0] as number) * 2 ** 112;
  return bits & 0x8000 ? -value : value;
}

/** The bits of the nearest half: ties to even, beyond 65,519.99… infinite, NaN always 0x7e00. */
export function numberToHalf(value: number): number {
  if (Number.isNaN(value)) return QUIET_NAN;
  double[0] = value;
  const high = words[1] as number;
  const sign = (high >>> 16) & 0x8000;
  const exponent = ((high >>> 20) & 0x7ff) - 1023;
  if (exponent > 15) return sign | INFINITE;
  // A power of two so large that the sum's last bit is the half's last bit: adding it rounds, and leaves the
  // fraction (and a carry into the exponent) as an integer in the low word.
  const scale = Math.max(exponent, -14);
  words[0] = 0;
  words[1] = (scale + 42 + 1023) << 20;
  double[0] += Math.abs(value);
  return sign | (((scale + 14) << 10) + words[0]);
}
