import * as fc from 'fast-check';
import type { Datatype, TensorData } from '#core/model/datatypes.ts';
import { halfToNumber, numberToHalf } from '#core/model/halves.ts';

/** Text that UTF-8 can hold and the runtime does not cut. */
const text = fc.string({ unit: 'binary', maxLength: 20 }).filter((value) => !value.includes('\0'));
const finite = { noNaN: true, noDefaultInfinity: true } as const;
const halves = fc.integer({ min: 0, max: 0xffff });
const finiteHalves = halves.filter((bits) => (bits & 0x7c00) !== 0x7c00);
const pair = { minLength: 0, maxLength: 12 };

/** Elements of a datatype: what JSON can carry exactly, or any bits at all. */
const ELEMENTS: Record<Datatype, (anyBits: boolean) => fc.Arbitrary<TensorData>> = {
  BOOL: () => fc.array(fc.constantFrom(0, 1), pair).map((data) => Uint8Array.from(data)),
  UINT8: () => fc.uint8Array(pair),
  UINT16: () => fc.uint16Array(pair),
  UINT32: () => fc.uint32Array(pair),
  UINT64: () => fc.bigUint64Array(pair),
  INT8: () => fc.int8Array(pair),
  INT16: () => fc.int16Array(pair),
  INT32: () => fc.int32Array(pair),
  INT64: () => fc.bigInt64Array(pair),
  FP16: (anyBits) => fc.array(anyBits ? halves : finiteHalves, pair).map((data) => Uint16Array.from(data)),
  FP32: (anyBits) => fc.float32Array({ ...pair, ...(!anyBits && finite) }),
  FP64: (anyBits) => fc.float64Array({ ...pair, ...(!anyBits && finite) }),
  BYTES: () => fc.array(text, pair),
};

export interface ArbitraryTensor {
  readonly shape: number[];
  readonly data: TensorData;
}

/** A matrix, empty ones too. */
export function tensorOf(datatype: Datatype, bits?: 'any bits'): fc.Arbitrary<ArbitraryTensor> {
  return fc.tuple(ELEMENTS[datatype](bits !== undefined), fc.nat()).map(([data, choice]) => {
    const { length } = data;
    const divisors = length === 0 ? [1, 3] : Array.from({ length }, (_, i) => i + 1).filter((n) => length % n === 0);
    const columns = divisors[choice % divisors.length] as number;
    return { shape: [length / columns, columns], data };
  });
}

/** The data as a client would write it, flat. */
export function jsonText(datatype: Datatype, data: TensorData): string {
  if (Array.isArray(data)) return JSON.stringify(data);
  if (datatype === 'BOOL') return JSON.stringify(Array.from(data as Uint8Array, Boolean));
  const values = Array.from(data as Float64Array, (value) => (datatype === 'FP16' ? halfToNumber(value) : value));
  return `[${values.map((value) => (Object.is(value, -0) ? '-0.0' : String(value))).join(',')}]`;
}

/** The elements of the first output's `data`, read from the text of an answer with no digit lost. */
export function dataOf(datatype: Datatype, answer: string): TensorData {
  const json = answer.slice(answer.indexOf('"data":') + 7, answer.lastIndexOf(']') - 1);
  if (datatype === 'BYTES') return JSON.parse(json) as string[];
  if (datatype === 'BOOL') return Uint8Array.from(JSON.parse(json) as boolean[], Number);
  const texts = json === '[]' ? [] : json.slice(1, -1).split(',');
  switch (datatype) {
    case 'INT64':
      return BigInt64Array.from(texts, BigInt);
    case 'UINT64':
      return BigUint64Array.from(texts, BigInt);
    case 'FP16':
      return Uint16Array.from(texts, (value) => numberToHalf(Number(value)));
    default:
      return TYPED[datatype].from(texts.map(Number));
  }
}

const TYPED = {
  UINT8: Uint8Array,
  UINT16: Uint16Array,
  UINT32: Uint32Array,
  INT8: Int8Array,
  INT16: Int16Array,
  INT32: Int32Array,
  FP32: Float32Array,
  FP64: Float64Array,
};
