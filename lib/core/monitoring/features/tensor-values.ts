import { DATATYPES } from '../../model/datatypes.ts';
import type { Tensor } from '../../model/tensor.ts';
import type { CapturedTensor, Cell, TensorFeatures } from '../capture/captured.ts';
import { elementTexts } from '../capture/cells.ts';
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
  /** What is hashed, as capture hashes it: of a tensor its texts. Of captured ones what was kept. */
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
    cells: once(() => elementTexts(datatype, data.slice(0, rows * elements))),
    statistics: once(() => tensorFeatures(tensor, rows)),
  };
}

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
