import { invalid, type OnnwardError } from '#core/errors.ts';
import type { NumericData } from '#core/model/datatypes.ts';
import { exactInteger, INTEGER_RANGES, PLAIN_DIGITS, storeWide } from '#core/model/integers.ts';
import type { TensorSpec } from '#core/model/signature.ts';
import { CLOSE_ARRAY, COMMA, MINUS, ZERO, type Scanner } from './scanner.ts';

const SPACE = 0x20;

/**
 * Reads integer elements up to the closing bracket, which it takes; those beyond the end of `out` are only counted.
 * Gives the index behind the last. `1.0` and `1e3` are integers too: what counts is the value, not how it is written.
 */
export function readIntegers(scanner: Scanner, out: NumericData, index: number, spec: TensorSpec): number {
  const { bytes } = scanner;
  const range = INTEGER_RANGES[spec.datatype] as readonly [bigint, bigint];
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
