/**
 * From the digits of a decimal to the nearest float, for readers of bytes that make no text of them: exact, or NaN where
 * it is too close to call.
 */

/** What JSON calls a number, and with it everything that reads text here. */
export const JSON_NUMBER = /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/;

const CELL_NUMBER = /^([+-]?)(\d*)(?:\.(\d*))?([eE][+-]?\d+)?$/;

/** A number of a table as JSON writes it: `+5`, `.5`, `5.` and `007`, which programs write, are 5, 0.5, 5 and 7. Undefined for what is none. */
export function jsonNumberOf(cell: string): string | undefined {
  if (JSON_NUMBER.test(cell)) return cell;
  const [, sign, whole = '', fraction = '', exponent = ''] = CELL_NUMBER.exec(cell) ?? [];
  if (whole === '' && fraction === '') return undefined;
  const digits = whole.replace(/^0+(?=\d)/, '') || '0';
  return `${sign === '-' ? '-' : ''}${digits}${fraction && `.${fraction}`}${exponent}`;
}

/** Powers of ten that a double holds exactly: 10^0 to 10^22. */
export const TEN = Float64Array.from({ length: 23 }, (_, k) => Number(`1e${k}`));
/** Below it a double holds every whole number. */
export const EXACT = 2 ** 53;
const SPLITTER = 2 ** 27 + 1;
/** Far wider than what a few roundings can lose, and still narrow beside a float32's own 2^-24. */
const SLACK = 2 ** -44;

/** Four ASCII digits as a number, -1 where they are not: all four bytes at once, in one word. */
export function fourDigits(view: DataView, at: number): number {
  const word = view.getInt32(at, true) ^ 0x30303030;
  if (((word | (word + 0x06060606)) & 0xf0f0f0f0) !== 0) return -1;
  const pairs = (Math.imul(word, 10) + (word >>> 8)) & 0x00ff00ff;
  return (Math.imul(pairs, 100) + (pairs >>> 16)) & 0xffff;
}

/**
 * The float32 of a number whose double may be off by a few units in its last place. Rounding is monotonic: where both
 * ends of an interval around it round to the same float32, so does the number itself. NaN where they do not.
 */
export function nearestSingle(about: number): number {
  const single = Math.fround(about * (1 + SLACK));
  return single === Math.fround(about * (1 - SLACK)) ? single : Number.NaN;
}

/**
 * (head · 10^digits + tail) / divisor, rounded once; NaN where that is too close to call. The remainder of a first
 * quotient, by Dekker's exact products, gives a correction that is good to about 100 bits.
 */
export function nearestDouble(head: number, digits: number, tail: number, divisor: number): number {
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
