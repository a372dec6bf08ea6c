import type { ByteValues } from './byte-values.ts';
import type { Values } from './values.ts';

/** Bytes of a decimal: 32 hold 76 digits, which is more than any writer makes. */
const MAX_DECIMAL_BYTES = 64;

/** The digits of a decimal without their point: an integer, or the bytes of one (big-endian, two's complement). */
export function unscaledAt(values: Values, index: number): bigint {
  if (values instanceof Int32Array || values instanceof BigInt64Array) return BigInt(values[index] as number | bigint);
  const bytes = (values as ByteValues).at(index).subarray(0, MAX_DECIMAL_BYTES);
  if (bytes.length === 0) return 0n;
  return BigInt.asIntN(8 * bytes.length, BigInt(`0x${Buffer.from(bytes).toString('hex')}`));
}

export function decimalText(unscaled: bigint, scale: number): string {
  const negative = unscaled < 0n;
  const digits = (negative ? -unscaled : unscaled).toString().padStart(scale + 1, '0');
  const text = scale === 0 ? digits : `${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
  return negative ? `-${text}` : text;
}

/** Undefined where it has a fraction. */
export function wholeOf(unscaled: bigint, scale: number): bigint | undefined {
  const factor = 10n ** BigInt(scale);
  return unscaled % factor === 0n ? unscaled / factor : undefined;
}
