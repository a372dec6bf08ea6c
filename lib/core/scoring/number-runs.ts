import { EXACT, fourDigits, nearestDouble, nearestSingle, TEN } from '../model/decimal.ts';
import { PLAIN_DIGITS, storeWide } from '../model/integers.ts';

/** The module's own: what is imported is looked up at each use (measured: bench/codec.ts). */
const four = fourDigits;
const powers = TEN;
const exact = EXACT;
const plainDigits = PLAIN_DIGITS;

const LINE_FEED = 0x0a;
const RETURN = 0x0d;
const SPACE = 0x20;
const COMMA = 0x2c;
const MINUS = 0x2d;
const POINT = 0x2e;
const ZERO = 0x30;

/**
 * Reads `count` floats, with commas between them and perhaps a space behind each comma, straight into `out` from `index`.
 * Gives the place behind the last, -1 where anything else stands there: then the row is read by the book. The bytes must
 * end with line feeds. `missing`: what may stand for NaN.
 *
 * Every number equals `Number(text)`, and `Math.fround` of it where `single`. It is one function on purpose: state
 * kept in locals is worth a factor of two.
 */
export function readFloatRun(
  bytes: Buffer,
  view: DataView,
  from: number,
  out: Float32Array | Float64Array,
  index: number,
  count: number,
  single: boolean,
  missing: number,
): number {
  const last = index + count - 1;
  let at = from;
  for (;;) {
    const start = at;
    let byte = bytes[at] as number;
    const negative = byte === MINUS;
    if (negative) byte = bytes[++at] as number;
    const first = at;
    let whole = 0;
    let digit = byte - ZERO;
    while (digit >>> 0 <= 9) {
      whole = (Math.imul(whole, 10) + digit) | 0;
      digit = (byte = bytes[++at] as number) - ZERO;
    }
    let plain = at > first && at <= first + 9 && (at === first + 1 || bytes[first] !== ZERO);

    let value = whole;
    if (byte === POINT) {
      const point = ++at;
      if (whole === 0) while (bytes[at] === ZERO) at++;
      let head = whole;
      let tail = 0;
      const limit = at + 12;
      let word = 0;
      while (at < limit && (word = four(view, at)) >= 0) {
        head = head * 10_000 + word;
        at += 4;
      }
      const tailStart = at;
      if (at === limit && word >= 0 && (word = four(view, at)) >= 0) {
        tail = word;
        at += 4;
      }
      const tailLimit = at + 4;
      while ((digit = (byte = bytes[at] as number) - ZERO) >>> 0 <= 9 && at < tailLimit) {
        tail = (Math.imul(tail, 10) + digit) | 0;
        at++;
      }
      const scale = at - point;
      plain &&= scale > 0 && scale <= 22 && digit >>> 0 > 9;
      const divisor = powers[scale] as number;
      const mantissa = head * (powers[at - tailStart] as number) + tail;
      // A mantissa below 2^53 over an exact power of ten is rounded once, hence right (Clinger 1990).
      if (mantissa < exact) value = mantissa / divisor;
      else if (single) value = nearestSingle(mantissa / divisor);
      else value = nearestDouble(head, at - tailStart, tail, divisor);
    }
    if (negative) value = -value;
    // Too many digits, an exponent, or a double that is too close to call.
    if (!plain || (byte | SPACE) === 0x65 || value !== value) {
      at = numberEnd(bytes, start);
      if (at >= 0) {
        value = numberOf(bytes, start, at, single);
        if (value !== value) return -1;
      } else {
        at = missingEnd(bytes, start, missing);
        if (at < 0) return -1;
        value = Number.NaN;
      }
      byte = bytes[at] as number;
    }
    out[index] = value;
    if (index === last) return at;
    index++;
    if (byte !== COMMA) return -1;
    if (bytes[++at] === SPACE) at++;
  }
}

/** What may stand for NaN: nothing; in JSON a null; in CSV the word, and where a missing value is NaN an empty cell, too. */
export const NEVER = 0;
export const NULLS = 1;
export const WORDS = 2;
export const WORDS_AND_BLANKS = 3;

/** Behind what stands for NaN at `start`; -1 where nothing does. */
function missingEnd(bytes: Buffer, start: number, missing: number): number {
  if (missing === NEVER) return -1;
  const byte = bytes[start] as number;
  if (missing === NULLS) return byte === 0x6e && bytes.toString('latin1', start, start + 4) === 'null' ? start + 4 : -1;
  if ((byte | SPACE) === 0x6e) return /^nan$/i.test(bytes.toString('latin1', start, start + 3)) ? start + 3 : -1;
  const blank = byte === COMMA || byte === LINE_FEED || (byte === RETURN && bytes[start + 1] === LINE_FEED);
  return blank && missing === WORDS_AND_BLANKS ? start : -1;
}

/** NaN where it is beyond what the datatype holds. */
function numberOf(bytes: Buffer, start: number, stop: number, single: boolean): number {
  const value = Number(bytes.toString('latin1', start, stop));
  const stored = single ? Math.fround(value) : value;
  return Number.isFinite(stored) ? stored : Number.NaN;
}

/** Behind the JSON number at `start`; -1 where there is none. */
export function numberEnd(bytes: Buffer, start: number): number {
  let at = bytes[start] === MINUS ? start + 1 : start;
  const first = at;
  at = digitsEnd(bytes, at);
  if (at === first || (bytes[first] === ZERO && at > first + 1)) return -1;
  if (bytes[at] === POINT) {
    const point = ++at;
    at = digitsEnd(bytes, at);
    if (at === point) return -1;
  }
  if (((bytes[at] as number) | SPACE) !== 0x65) return at;
  at++;
  if (bytes[at] === 0x2b || bytes[at] === MINUS) at++;
  const exponent = at;
  at = digitsEnd(bytes, at);
  return at === exponent ? -1 : at;
}

function digitsEnd(bytes: Buffer, start: number): number {
  let at = start;
  while (((bytes[at] as number) - ZERO) >>> 0 <= 9) at++;
  return at;
}

export type Integers = Uint8Array | Uint16Array | Uint32Array | Int8Array | Int16Array | Int32Array;

/** The same for whole numbers of at most 15 digits from `low` to `high`; `wide`: the words of 64-bit elements. */
export function readIntegerRun(
  bytes: Buffer,
  from: number,
  out: Integers,
  index: number,
  count: number,
  low: number,
  high: number,
  wide: boolean,
): number {
  let at = from;
  for (let left = count; ; index++) {
    const negative = bytes[at] === MINUS;
    if (negative) at++;
    const first = at;
    let small = 0;
    let digit = 0;
    for (; (digit = (bytes[at] as number) - ZERO) >>> 0 <= 9; at++) small = (Math.imul(small, 10) + digit) | 0;
    const digits = at - first;
    if (digits === 0 || digits > plainDigits || (digits > 1 && bytes[first] === ZERO)) return -1;
    if (digits <= 9) {
      // Bits, so that there is no negative zero.
      if (negative) small = -small | 0;
      if (small < low || small > high) return -1;
      if (wide) {
        out[2 * index] = small;
        out[2 * index + 1] = small >> 31;
      } else out[index] = small;
    } else {
      let value = 0;
      for (let place = first; place < at; place++) value = value * 10 + (bytes[place] as number) - ZERO;
      if (negative) value = -value;
      if (value < low || value > high) return -1;
      if (wide) storeWide(out as Int32Array, index, value);
      else out[index] = value;
    }
    if (--left === 0) return at;
    if (bytes[at] !== COMMA) return -1;
    if (bytes[++at] === SPACE) at++;
  }
}
