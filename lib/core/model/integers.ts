import type { Datatype } from './datatypes.ts';

/** What each integer datatype holds, both ends included. */
export const INTEGER_RANGES: Partial<Record<Datatype, readonly [bigint, bigint]>> = {
  UINT8: [0n, 255n],
  UINT16: [0n, 65_535n],
  UINT32: [0n, 4_294_967_295n],
  UINT64: [0n, 2n ** 64n - 1n],
  INT8: [-128n, 127n],
  INT16: [-32_768n, 32_767n],
  INT32: [-2_147_483_648n, 2_147_483_647n],
  INT64: [-(2n ** 63n), 2n ** 63n - 1n],
};

/** Digits that a double holds whole, and that need no second look. */
export const PLAIN_DIGITS = 15;

/** A 64-bit integer of at most 15 digits in two's complement, little-endian as every Node is. */
export function storeWide(words: Int32Array, index: number, value: number): void {
  words[2 * index] = value;
  words[2 * index + 1] = Math.floor(value / 4_294_967_296);
}

/** No 64-bit integer needs more, and patterns below stay cheap whatever is sent. */
const MAX_TEXT = 64;

/** The value of a JSON number that is whole and below 10^20 in magnitude; undefined otherwise. */
export function exactInteger(text: string): bigint | undefined {
  if (text.length > MAX_TEXT) return undefined;
  const [, sign, whole = '', fraction = '', exponent = '0'] = /^(-?)(\d+)(?:\.(\d+))?(?:[eE](.+))?$/.exec(text) ?? [];
  const digits = (whole + fraction).replace(/^0+/, '');
  const significant = digits.replace(/0+$/, '');
  if (significant === '') return 0n;
  const zeros = Number(exponent) - fraction.length + digits.length - significant.length;
  if (zeros < 0 || significant.length + zeros > 20) return undefined;
  const magnitude = BigInt(significant + '0'.repeat(zeros));
  return sign === '-' ? -magnitude : magnitude;
}
