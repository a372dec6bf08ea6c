const ZERO = 0x30;
const MINUS = 0x2d;
const BILLION = 1e9;

/** No whole number up to 2^53 takes more bytes. */
export const INTEGER_BYTES = 17;

/** Two digits for each number below 100. */
const PAIRS = Buffer.from(Array.from({ length: 100 }, (_, pair) => String(pair).padStart(2, '0')).join(''));

/** Writes the last `count` digits of a whole number from 0 to 1e9, as ASCII; gives the place behind them. */
export function writeDigits(digits: number, count: number, bytes: Uint8Array, at: number): number {
  let place = at + count;
  while (place - at >= 2) {
    const rest = (digits / 100) | 0;
    const pair = (digits - rest * 100) << 1;
    bytes[--place] = PAIRS[pair + 1] as number;
    bytes[--place] = PAIRS[pair] as number;
    digits = rest;
  }
  if (place > at) bytes[at] = ZERO + digits;
  return at + count;
}

/** Of a whole number from 0 to 1e9. */
export function countDigits(digits: number): number {
  let count = 1;
  for (let bound = 10; digits >= bound; bound *= 10) count++;
  return count;
}

/** Writes a whole number of at most 2^53 either way. */
export function writeInteger(value: number, bytes: Uint8Array, at: number): number {
  if (value < 0) {
    bytes[at++] = MINUS;
    value = -value;
  }
  if (value < BILLION) return writeDigits(value, countDigits(value), bytes, at);
  const billions = Math.floor(value / BILLION);
  return writeDigits(value - billions * BILLION, 9, bytes, writeDigits(billions, countDigits(billions), bytes, at));
}
