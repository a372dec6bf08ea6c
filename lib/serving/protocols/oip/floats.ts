import { invalid } from '#core/errors.ts';
import { EXACT, fourDigits, nearestDouble, nearestSingle, TEN } from '#core/model/decimal.ts';
import type { TensorSpec } from '#core/model/signature.ts';
import { CLOSE_ARRAY, COMMA, MINUS, POINT, ZERO, type Scanner } from './scanner.ts';

/** The module's own: what is imported is looked up at each use, which costs 7 % here (bench/codec.ts). */
const four = fourDigits;
const powers = TEN;
const exact = EXACT;
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
      while (at < limit && at <= lastWord && (word = four(view, at)) >= 0) {
        head = head * 10_000 + word;
        at += 4;
      }
      const tailStart = at;
      if (at === limit && at <= lastWord && word >= 0 && (word = four(view, at)) >= 0) {
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
      const divisor = powers[scale] as number;
      const mantissa = head * (powers[tailDigits] as number) + tail;
      // A mantissa below 2^53 over an exact power of ten is rounded once, hence right (Clinger 1990).
      if (mantissa < exact) value = mantissa / divisor;
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
