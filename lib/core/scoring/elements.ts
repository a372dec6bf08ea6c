import { DATATYPES, type Datatype, type TensorData } from '../model/datatypes.ts';
import { jsonNumberOf } from '../model/decimal.ts';
import { numberToHalf } from '../model/halves.ts';
import { exactInteger, INTEGER_RANGES } from '../model/integers.ts';

/** Why a value is no element of an input: `row.*`, and the end of a sentence that begins with the column. */
export interface Problem {
  readonly code: string;
  readonly what: string;
}

/** A value as it stands in a row: its text, and what it is where the format tells (JSON); a CSV cell may be any of these. */
export interface Value {
  readonly text: string;
  readonly kind: 'cell' | 'string' | 'number' | 'truth' | 'null' | 'other';
}

/**
 * Stores one element as a real-time call would have it: floats rounded once, integers exact. Says why not, where it is not
 * one. `nan`: a missing float is NaN.
 */
export function storeElement(
  data: TensorData,
  index: number,
  datatype: Datatype,
  value: Value,
  nan: boolean,
): Problem | undefined {
  const { family } = DATATYPES[datatype];
  if (family === 'text') return storeText(data as string[], index, value);
  const text = value.kind === 'cell' ? value.text.trim() : value.text;
  if (value.kind === 'null' || (value.kind === 'cell' && text === '')) {
    if (family !== 'float' || !nan) return MISSING;
    return storeFloat(data as Float64Array, index, datatype, Number.NaN, text);
  }
  if (family === 'bool') return storeTruth(data as Uint8Array, index, value, text);
  if (family === 'float' && value.kind === 'cell' && /^nan$/i.test(text))
    return storeFloat(data as Float64Array, index, datatype, Number.NaN, text);
  const number = value.kind === 'cell' ? jsonNumberOf(text) : text;
  if (number === undefined || (value.kind !== 'cell' && value.kind !== 'number'))
    return { code: 'row.number', what: `${shown(text)} is not a number` };
  if (family === 'float') return storeFloat(data as Float64Array, index, datatype, Number(number), text);
  return storeInteger(data as BigInt64Array, index, datatype, number);
}

const MISSING: Problem = { code: 'row.missing', what: 'the value is missing' };

/** A text must be one that UTF-8 can hold and free of NUL, where the runtime would cut it in silence. */
function storeText(data: string[], index: number, { text, kind }: Value): Problem | undefined {
  if (kind === 'null') return MISSING;
  if (kind !== 'cell' && kind !== 'string') return { code: 'row.text', what: `${shown(text)} is not a string` };
  if (text.includes('\0')) return { code: 'row.text', what: 'the text holds a NUL byte' };
  if (!text.isWellFormed()) return { code: 'row.text', what: 'the text holds half a surrogate pair' };
  data[index] = text;
  return undefined;
}

const TRUTHS = new Map([
  ['true', 1],
  ['false', 0],
  ['1', 1],
  ['0', 0],
]);

function storeTruth(data: Uint8Array, index: number, { kind }: Value, text: string): Problem | undefined {
  const word = kind === 'cell' ? text.toLowerCase() : text;
  // A string "1" is no truth, as it is none in a request.
  const truth = kind === 'string' && word.length === 1 ? undefined : TRUTHS.get(word);
  if (truth === undefined) return { code: 'row.number', what: `${shown(text)} is not true, false, 0 or 1` };
  data[index] = truth;
  return undefined;
}

function storeFloat(
  data: Float32Array | Float64Array | Uint16Array,
  index: number,
  datatype: Datatype,
  value: number,
  text: string,
): Problem | undefined {
  const half = datatype === 'FP16' ? numberToHalf(value) : 0;
  const stored = datatype === 'FP32' ? Math.fround(value) : value;
  const infinite = datatype === 'FP16' ? (half & 0x7fff) === 0x7c00 : Math.abs(stored) === Number.POSITIVE_INFINITY;
  if (infinite) return { code: 'row.range', what: `${shown(text)} is beyond what ${datatype} holds` };
  data[index] = datatype === 'FP16' ? half : stored;
  return undefined;
}

function storeInteger(
  data: Exclude<TensorData, string[]>,
  index: number,
  datatype: Datatype,
  text: string,
): Problem | undefined {
  const [low, high] = INTEGER_RANGES[datatype] as readonly [bigint, bigint];
  const value = exactInteger(text);
  if (value === undefined && !Number.isInteger(Number(text)) && Number.isFinite(Number(text)))
    return { code: 'row.number', what: `${shown(text)} is not a whole number` };
  if (value === undefined || value < low || value > high)
    return { code: 'row.range', what: `${shown(text)} is beyond what ${datatype} holds, ${low} to ${high}` };
  data[index] = (DATATYPES[datatype].family === 'bigint' ? value : Number(value)) as never;
  return undefined;
}

const shown = (text: string): string => `'${text.length > 40 ? `${text.slice(0, 40)}…` : text}'`;
