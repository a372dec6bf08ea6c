import { OnnwardError } from '../errors.ts';
import { allocate, type Datatype, type NumericData, type TensorData } from './datatypes.ts';

/** Elements in row-major order, as many as the product of `shape` (a 0 dimension makes an empty tensor). */
export interface Tensor {
  readonly datatype: Datatype;
  readonly shape: readonly number[];
  readonly data: TensorData;
}

export interface NamedTensor extends Tensor {
  readonly name: string;
}

/** The product of the dimensions; 1 for a scalar (`[]`), 0 where a dimension is 0. */
export function elementCount(shape: readonly number[]): number {
  let count = 1;
  for (let axis = 0; axis < shape.length; axis++) count *= shape[axis] as number;
  return count;
}

/**
 * One tensor of all rows (the first dimension), in order. Datatype and all other dimensions must be the same.
 * A single tensor is returned as it is. Throws `tensor.rows`.
 */
export function concatenateRows(tensors: readonly Tensor[]): Tensor {
  const [first] = tensors;
  if (!first) throw rowsError('there are no tensors to join');
  if (tensors.length === 1) return first;
  let rows = 0;
  for (const tensor of tensors) {
    if (!sameRows(first, tensor)) throw rowsError(`rows of ${typeOf(tensor)} cannot follow rows of ${typeOf(first)}`);
    rows += tensor.shape[0] as number;
  }
  const shape = [rows, ...first.shape.slice(1)];
  if (Array.isArray(first.data)) return { ...first, shape, data: tensors.flatMap(({ data }) => data as string[]) };
  const data = allocate(first.datatype, elementCount(shape)) as NumericData;
  copyElements(tensors, data);
  return { ...first, shape, data };
}

/** The elements of numeric tensors of one datatype, one after another, into `data`, which has room for them. */
export function copyElements(tensors: readonly Tensor[], data: NumericData): void {
  let offset = 0;
  for (const tensor of tensors) {
    // The datatypes are the same, so both are big integers or neither is.
    data.set(tensor.data as never, offset);
    offset += tensor.data.length;
  }
}

/**
 * The inverse: `rowCounts` rows to each. Numeric parts are views of the tensor's memory that do not overlap (writing into
 * one leaves the others be; transferring its buffer would take them all). Throws `tensor.rows` where the sum differs.
 */
export function splitRows(tensor: Tensor, rowCounts: readonly number[]): Tensor[] {
  const rows = rowCounts.reduce((sum, count) => sum + count, 0);
  if (tensor.shape[0] !== rows) throw rowsError(`${typeOf(tensor)} cannot be split into ${rows} rows`);
  if (rowCounts.length === 1) return [tensor];
  const rest = tensor.shape.slice(1);
  const rowSize = elementCount(rest);
  let start = 0;
  return rowCounts.map((count) => {
    const end = start + count * rowSize;
    const data = Array.isArray(tensor.data) ? tensor.data.slice(start, end) : tensor.data.subarray(start, end);
    start = end;
    return { ...tensor, shape: [count, ...rest], data };
  });
}

function sameRows(a: Tensor, b: Tensor): boolean {
  if (a.datatype !== b.datatype || a.shape.length !== b.shape.length || a.shape.length === 0) return false;
  for (let axis = 1; axis < a.shape.length; axis++) if (a.shape[axis] !== b.shape[axis]) return false;
  return true;
}

/** What a tensor is, for messages: `FP32 [2, 3]`. */
export const typeOf = ({ datatype, shape }: Pick<Tensor, 'datatype' | 'shape'>): string =>
  `${datatype} [${shape.join(', ')}]`;

const rowsError = (message: string): OnnwardError =>
  new OnnwardError(message, { code: 'tensor.rows', kind: 'internal' });
