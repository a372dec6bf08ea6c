import { allocate, DATATYPES, type Datatype, type NumericData, type TensorData } from '#core/model/datatypes.ts';
import { numberToHalf } from '#core/model/halves.ts';
import { INTEGER_RANGES } from '#core/model/integers.ts';
import type { ByteValues } from './byte-values.ts';
import { decimalText, unscaledAt, wholeOf } from './decimals.ts';
import type { Leaf } from './schema.ts';
import { halfAt, utf8Text } from './text.ts';
import type { Values } from './values.ts';

/** Values as elements of a tensor. */
export interface Converted {
  readonly data: TensorData;
  /** For each, 0 or why it is none: an index of BAD. @default - all are good */
  readonly bad?: Uint8Array;
}

/** Values [from, to); where the type is the datatype's own, they are the very same memory. */
export type Convert = (values: Values, from: number, to: number) => Converted;

/** Why a value is no element. */
export const BAD = [
  { code: '', what: '' },
  { code: 'row.number', what: 'is no whole number' },
  { code: 'row.range', what: 'is beyond what the datatype holds' },
  { code: 'row.text', what: 'is no UTF-8 text, or holds a NUL' },
] as const;
const NOT_WHOLE = 1;
const BEYOND = 2;
const NO_TEXT = 3;

/** Types whose memory is the datatype's, by `physical.logical`. */
const SAME: Readonly<Record<string, Datatype>> = {
  'BOOLEAN.plain': 'BOOL',
  'INT32.plain': 'INT32',
  'INT64.plain': 'INT64',
  'FLOAT.plain': 'FP32',
  'DOUBLE.plain': 'FP64',
};

/** How a column's values become elements of `datatype`; undefined where the column holds something else altogether. */
export function converterOf(leaf: Leaf, datatype: Datatype): Convert | undefined {
  const { kind } = leaf.logical;
  if (datatype === 'BYTES') return isText(leaf) ? texts : undefined;
  if (SAME[`${leaf.physical}.${kind}`] === datatype) return same;
  const read = readerOf(leaf, DATATYPES[datatype].family === 'float');
  return read && ((values, from, to) => converted(values, from, to, datatype, read));
}

const isText = ({ physical, logical }: Leaf): boolean =>
  (physical === 'BYTE_ARRAY' || physical === 'FIXED_LEN_BYTE_ARRAY') && ['text', 'plain'].includes(logical.kind);

const same: Convert = (values, from, to) => ({ data: values.subarray(from, to) as NumericData });

const texts: Convert = (values, from, to) => {
  const data = allocate('BYTES', to - from) as string[];
  const bad = new Uint8Array(to - from);
  for (let index = from; index < to; index++) {
    const text = utf8Text((values as ByteValues).at(index));
    // The runtime would cut it at a NUL, in silence.
    if (text === undefined || text.includes('\0')) bad[index - from] = NO_TEXT;
    else data[index - from] = text;
  }
  return { data, ...(bad.includes(NO_TEXT) && { bad }) };
};

/** A value as a number, or a big integer where a number does not hold it; undefined: it has a fraction and may not. */
type Read = (values: Values, index: number) => number | bigint | undefined;

function readerOf({ physical, logical }: Leaf, float: boolean): Read | undefined {
  const numeric = ['BOOLEAN', 'INT32', 'INT64', 'FLOAT', 'DOUBLE'].includes(physical);
  switch (logical.kind) {
    case 'plain':
      return numeric ? (values, index) => (values as Float64Array | BigInt64Array)[index] : undefined;
    case 'unsigned':
      return physical === 'INT64'
        ? (values, index) => BigInt.asUintN(64, (values as BigInt64Array)[index] as bigint)
        : (values, index) => ((values as Int32Array)[index] as number) >>> 0;
    case 'half':
      return halfAt;
    case 'decimal':
      return float
        ? (values, index) => Number(decimalText(unscaledAt(values, index), logical.scale))
        : (values, index) => wholeOf(unscaledAt(values, index), logical.scale);
    default:
      return undefined;
  }
}

function converted(values: Values, from: number, to: number, datatype: Datatype, read: Read): Converted {
  const data = allocate(datatype, to - from) as NumericData;
  const store = storeOf(datatype, data);
  let bad: Uint8Array | undefined;
  for (let index = from; index < to; index++) {
    const value = read(values, index);
    const problem = value === undefined ? NOT_WHOLE : store(index - from, value);
    if (problem !== 0) (bad ??= new Uint8Array(to - from))[index - from] = problem;
  }
  return { data, ...(bad && { bad }) };
}

/** Stores a value and tells 0, or why it is none. */
type Store = (index: number, value: number | bigint) => number;

function storeOf(datatype: Datatype, data: NumericData): Store {
  const { family } = DATATYPES[datatype];
  if (datatype === 'FP16') return storeHalf(data as Uint16Array);
  if (family === 'float') return storeFloat(data as Float32Array | Float64Array);
  if (family === 'bool') return storeWithin(data, 0n, 1n, false);
  const [least, most] = INTEGER_RANGES[datatype] as readonly [bigint, bigint];
  return storeWithin(data, least, most, family === 'bigint');
}

const storeFloat =
  (data: Float32Array | Float64Array): Store =>
  (index, value) => {
    const number = Number(value);
    data[index] = number;
    return Number.isFinite(number) && !Number.isFinite(data[index]) ? BEYOND : 0;
  };

const storeHalf =
  (data: Uint16Array): Store =>
  (index, value) => {
    const bits = numberToHalf(Number(value));
    data[index] = bits;
    return (bits & 0x7fff) === 0x7c00 && Number.isFinite(Number(value)) ? BEYOND : 0;
  };

function storeWithin(data: NumericData, least: bigint, most: bigint, wide: boolean): Store {
  return (index, value) => {
    if (typeof value === 'number' && !Number.isInteger(value)) return NOT_WHOLE;
    if (value < least || value > most) return BEYOND;
    data[index] = (wide ? BigInt(value) : Number(value)) as never;
    return 0;
  };
}
