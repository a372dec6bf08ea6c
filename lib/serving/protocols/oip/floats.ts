import { invalid } from '#core/errors.ts';
import type { TensorSpec } from '#core/model/signature.ts';
import { CLOSE_ARRAY, COMMA, MINUS, POINT, ZERO, type Scanner } from './scanner.ts';

/** Powers of ten that a double holds exactly: 10^0 to 10^22. */
const TEN = Float64Array.from({ length: 23 }, (_, k) => Number(`1e${k}`));
const EXACT = 2 ** 53;
const SPLITTER = 2 ** 27 + 1;
/** Far wider than what a few roundings can lose, and still narrow beside a float32's own 2^-24. */
const SLACK = 2 ** -44;
const SPACE = 0x20;

/**
 * Reads float elements up to the closing bracket, which it takes, into `out` from `index`; those beyond its end are
 * only counted. Gives the index behind the last. The cursor must be on the first element.
 *
 * Every number equals `Number(text)`, and `Math.fround` of it where `single`. This loop takes what clients print
 * (at most 9 digits, a point, at most 19 digits) and leaves the rest, errors too, to `readSlowly`. It is one function
 * on purpose: state kept in locals is worth a factor of two (bench/codec.ts).
 */
export function readFloats(
  scanner: Scanner,
  out: Float32Array | Float64Array,
  index: number,
  spec: TensorSpec,
  single: boolean,
): number {
  const { bytes, view } = scanner;
  const capacity = out.length;
  const lastWord = scanner.end - 4;
  let at = scanner.at;
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

    let head = whole;
    let tail = 0;
    let tailDigits = 0;
    let scale = 0;
    if (byte === POINT) {
      const point = ++at;
      if (whole === 0) while (bytes[at] === ZERO) at++;
      const limit = at + 12;
      let word = 0;
      while (at < limit && at <= lastWord && (word = fourDigits(view, at)) >= 0) {
        head = head * 10_000 + word;
        at += 4;
      }
      const tailStart = at;
      if (at === limit && at <= lastWord && word >= 0 && (word = fourDigits(view, at)) >= 0) {
        tail = word;
        at += 4;
      }
      const tailLimit = at + 4;
      while ((digit = (byte = bytes[at] as number) - ZERO) >>> 0 <= 9 && at < tailLimit) {
        tail = (Math.imul(tail, 10) + digit) | 0;
        at++;
      }
      tailDigits = at - tailStart;
      scale = at - point;
      plain &&= scale > 0 && scale <= 22;
    }

    let value = Number.NaN;
    // Anything behind the digits but a separator (an exponent, more digits, an error) is for the slow way.
    if (plain && (byte === COMMA || byte === CLOSE_ARRAY || byte <= SPACE)) {
      const divisor = TEN[scale] as number;
      const mantissa = head * (TEN[tailDigits] as number) + tail;
      // A mantissa below 2^53 over an exact power of ten is rounded once, hence right (Clinger 1990).
      if (mantissa < EXACT) value = mantissa / divisor;
      else if (single) value = nearestSingle(mantissa / divisor);
      else value = nearestDouble(head, tailDigits, tail, divisor);
      if (negative) value = -value;
    }
    if (value !== value) {
      scanner.at = start;
      value = readSlowly(scanner, spec, index, single);
      at = scanner.at;
      byte = bytes[at] as number;
    }
    if (index < capacity) out[index] = value;
    index++;

    if (byte === COMMA) {
      at++;
      if (bytes[at] === SPACE) at++;
      byte = bytes[at] as number;
      if (byte > SPACE) continue;
    } else if (byte === CLOSE_ARRAY) {
      scanner.at = at + 1;
      return index;
    } else {
      scanner.at = at;
      if (!scanner.another(CLOSE_ARRAY)) return index;
      at = scanner.at;
    }
    scanner.at = at;
    scanner.peek();
    at = scanner.at;
  }
}

/** Four ASCII digits as a number, -1 where they are not: all four bytes at once, in one word. */
function fourDigits(view: DataView, at: number): number {
  const word = view.getInt32(at, true) ^ 0x30303030;
  if (((word | (word + 0x06060606)) & 0xf0f0f0f0) !== 0) return -1;
  const pairs = (Math.imul(word, 10) + (word >>> 8)) & 0x00ff00ff;
  return (Math.imul(pairs, 100) + (pairs >>> 16)) & 0xffff;
}

/**
 * The float32 of a number whose double may be off by a few units in its last place. Rounding is monotonic: where both
 * ends of an interval around it round to the same float32, so does the number itself. NaN where they do not.
 */
function nearestSingle(about: number): number {
  const single = Math.fround(about * (1 + SLACK));
  return single === Math.fround(about * (1 - SLACK)) ? single : Number.NaN;
}

/**
 * (head · 10^digits + tail) / divisor, rounded once; NaN where that is too close to call. The remainder of a first
 * quotient, by Dekker's exact products, gives a correction that is good to about 100 bits.
 */
function nearestDouble(head: number, digits: number, tail: number, divisor: number): number {
  if (head >= EXACT) return Number.NaN;
  const scale = TEN[digits] as number;
  const high = head * scale;
  const low = productError(head, scale, high) + tail;
  const quotient = (high + low) / divisor;
  const product = quotient * divisor;
  const correction = (high - product + low - productError(quotient, divisor, product)) / divisor;
  const slack = quotient * 2 ** -90;
  const nearest = quotient + (correction + slack);
  return nearest === quotient + (correction - slack) ? nearest : Number.NaN;
}

/** What rounding took from `a · b`, exactly (Dekker 1971). */
function productError(a: number, b: number, product: number): number {
  const aHigh = SPLITTER * a - (SPLITTER * a - a);
  const bHigh = SPLITTER * b - (SPLITTER * b - b);
  const aLow = a - aHigh;
  const bLow = b - bHigh;
  return aLow * bLow - (product - aHigh * bHigh - aLow * bHigh - aHigh * bLow);
}

/** Any JSON number by the book, or null, which stands for NaN. */
function readSlowly(scanner: Scanner, spec: TensorSpec, index: number, single: boolean): number {
  const byte = scanner.bytes[scanner.at] as number;
  if (byte !== MINUS && (byte - ZERO) >>> 0 > 9) return readNull(scanner, spec, index);
  const text = scanner.number();
  const value = single ? Math.fround(Number(text)) : Number(text);
  if (Number.isFinite(value)) return value;
  throw invalid(
    'input.range',
    `input "${spec.name}": element ${index} is ${text.slice(0, 40)}, beyond what ${spec.datatype} holds`,
  );
}

function readNull(scanner: Scanner, spec: TensorSpec, index: number): number {
  const kind = scanner.kind();
  if (kind === 'null' && scanner.literal() === null) return Number.NaN;
  throw invalid(
    'input.element',
    `input "${spec.name}": element ${index} is ${kind}, ${spec.datatype} takes numbers, or null for NaN`,
  );
}
