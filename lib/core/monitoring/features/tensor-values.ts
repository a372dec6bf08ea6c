import { DATATYPES } from '../../model/datatypes.ts';
import type { Tensor } from '../../model/tensor.ts';
import type { CapturedTensor, Cell, TensorFeatures } from '../capture/captured.ts';
import type { Numbers } from '../sketch/columns.ts';
import { numbersOf, numbersOfCells } from './tensor-numbers.ts';
import { tensorFeatures } from './tensor-features.ts';

/** The rows of one tensor, however they came; what is asked for is converted once. */
export interface TensorValues {
  /** Of a row; undefined where only what was computed of it is known. */
  readonly elements?: number;
  /** Missing ones are NaN, as are texts. */
  numbers(): Numbers;
  /** Of texts and of truth values; missing ones are null. */
  texts(): readonly (string | null)[];
  /** As they are, of hashed ones. */
  cells(): readonly Cell[];
  statistics(): TensorFeatures;
}

/** The first rows of a tensor; undefined where it has fewer. */
export function valuesOfTensor(tensor: Tensor, rows: number): TensorValues | undefined {
  const { datatype, shape, data } = tensor;
  const all = shape[0] ?? 1;
  if (all < rows) return undefined;
  const elements = all === 0 ? 0 : data.length / all;
  const numbers = once(() => numbersOf(tensor, rows * elements));
  return {
    elements,
    numbers,
    texts: once(() => (Array.isArray(data) ? data : truths(numbers()))),
    cells: once(() => (Array.isArray(data) ? data : wholeCells(datatype, data, numbers))),
    statistics: once(() => tensorFeatures(tensor, rows)),
  };
}

/** Integers of 64 bits have more digits than a number. */
const wholeCells = (datatype: Tensor['datatype'], data: Tensor['data'], numbers: () => Numbers): readonly Cell[] =>
  DATATYPES[datatype].family === 'bigint'
    ? Array.from(data as BigInt64Array, (value) => (Number.isSafeInteger(Number(value)) ? Number(value) : `${value}`))
    : Array.from(numbers());

export function valuesOfCaptured(tensor: CapturedTensor, rows: number): TensorValues | undefined {
  const { datatype, data, features, shape } = tensor;
  if (data && (rows === 0 || data.length % rows !== 0)) return undefined;
  const cells = data ?? [];
  const numbers = once(() => numbersOfCells(datatype, cells));
  const isText = DATATYPES[datatype].family === 'text';
  return {
    ...(data && { elements: data.length / rows }),
    numbers,
    texts: once(() => (isText ? cells.map((cell) => (typeof cell === 'string' ? cell : null)) : truths(numbers()))),
    cells: () => cells,
    statistics: once(
      () => features ?? tensorFeatures({ datatype: 'FP64', shape: [rows, ...shape.slice(1)], data: numbers() }),
    ),
  };
}

const truths = (numbers: Numbers): (string | null)[] =>
  Array.from(numbers, (value) => (value === value ? (value === 0 ? 'false' : 'true') : null));

function once<Value>(make: () => Value): () => Value {
  let made: Value | undefined;
  return () => (made ??= make());
}
