import { invalid, type OnnwardError } from '#core/errors.ts';
import type { Datatype, NumericData } from '#core/model/datatypes.ts';
import type { TensorSpec } from '#core/model/signature.ts';
import { CLOSE_ARRAY, COMMA, MINUS, ZERO, type Scanner } from './scanner.ts';

const SPACE = 0x20;

/** What each integer datatype holds, both ends included. */
const RANGES: Partial<Record<Datatype, readonly [bigint, bigint]>> = {
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
const PLAIN_DIGITS = 15;

/**
 * Reads integer elements up to the closing bracket, which it takes; those beyond the end of `out` are only counted.
 * Gives the index behind the last. `1.0` and `1e3` are integers too: what counts is the value, not how it is written.
 */
export function readIntegers(scanner: Scanner, out: NumericData, index: number, spec: TensorSpec): number {
  const { bytes } = scanner;
  const range = RANGES[spec.datatype] as readonly [bigint, bigint];
  const low = Number(range[0]);
  const high = Number(range[1]);
  const wide = out instanceof BigInt64Array || out instanceof BigUint64Array;
  const words = wide ? new Int32Array(out.buffer, out.byteOffset, out.length * 2) : undefined;
  do {
    scanner.peek();
    const start = scanner.at;
    let at = start;
    const negative = bytes[at] === MINUS;
    if (negative) at++;
    const first = at;
    let value = 0;
    for (let digit = 0; (digit = (bytes[at] as number) - ZERO) >>> 0 <= 9; at++) value = value * 10 + digit;
    if (negative) value = -value;
    const byte = bytes[at] as number;
    const digits = at - first;
    const plain = digits > 0 && digits <= PLAIN_DIGITS && (digits === 1 || bytes[first] !== ZERO);
    if (plain && value >= low && value <= high && (byte === COMMA || byte === CLOSE_ARRAY || byte <= SPACE)) {
      scanner.at = at;
      if (index < out.length) {
        if (words) storeWide(words, index, value);
        else out[index] = value;
      }
    } else {
      const exact = readSlowly(scanner, spec, index, range);
      if (index < out.length) out[index] = (wide ? exact : Number(exact)) as never;
    }
    index++;
  } while (scanner.another(CLOSE_ARRAY));
  return index;
}

/** A 64-bit integer of at most 15 digits in two's complement, little-endian as every Node is. */
function storeWide(words: Int32Array, index: number, value: number): void {
  words[2 * index] = value;
  words[2 * index + 1] = Math.floor(value / 4_294_967_296);
}

/** Any JSON number by the book: exact, whole and in range, or refused with the reason. */
function readSlowly(scanner: Scanner, spec: TensorSpec, index: number, [low, high]: readonly [bigint, bigint]): bigint {
  const kind = scanner.kind();
  if (kind !== 'a number') throw refusal(spec, index, kind, 'takes whole numbers');
  const text = scanner.number();
  const value = exactInteger(text);
  if (value !== undefined && value >= low && value <= high) return value;
  throw refusal(spec, index, text.slice(0, 40), `takes whole numbers from ${low} to ${high}`);
}

const refusal = (spec: TensorSpec, index: number, came: string, rule: string): OnnwardError =>
  invalid('input.element', `input "${spec.name}": element ${index} is ${came}, ${spec.datatype} ${rule}`);

/** No 64-bit integer needs more, and patterns below stay cheap whatever is sent. */
const MAX_TEXT = 64;

/** The value of a JSON number that is whole and below 10^20 in magnitude; undefined otherwise. */
function exactInteger(text: string): bigint | undefined {
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
