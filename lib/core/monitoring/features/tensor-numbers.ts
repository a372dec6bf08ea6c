import type { Datatype } from '../../model/datatypes.ts';
import { halfToNumber, numberToHalf } from '../../model/halves.ts';
import type { Tensor } from '../../model/tensor.ts';
import type { Cell } from '../capture/captured.ts';
import type { Numbers } from '../sketch/columns.ts';

/** The first elements of a tensor of numbers; of integers of 64 bits the nearest doubles. Floats are the tensor's own memory. */
export function numbersOf({ datatype, data }: Tensor, length: number): Numbers {
  if (Array.isArray(data)) return new Float64Array(length).fill(Number.NaN);
  if (datatype === 'FP16') return Float32Array.from(data.subarray(0, length) as Uint16Array, halfToNumber);
  if (data instanceof Float32Array || data instanceof Float64Array) return data.subarray(0, length);
  const numbers = new Float64Array(length);
  for (let i = 0; i < length; i++) numbers[i] = Number(data[i]);
  return numbers;
}

/** As the tensor held them: JSON has the shortest decimal of a float32, which as a double is another number. */
export function numbersOfCells(datatype: Datatype, cells: readonly Cell[]): Float64Array {
  const round = ROUNDINGS[datatype];
  return Float64Array.from(cells, (cell) => (round ? round(numberOf(cell)) : numberOf(cell)));
}

const ROUNDINGS: Partial<Record<Datatype, (value: number) => number>> = {
  FP32: Math.fround,
  FP16: (value) => halfToNumber(numberToHalf(value)),
};

/** A text may be a number that JSON has no word for, or has too few digits for; of any other text nothing is said. */
function numberOf(cell: Cell): number {
  if (typeof cell === 'number') return cell;
  return cell === null || cell.trim() === '' ? Number.NaN : Number(cell);
}
