import type { Datatype, TensorData } from './datatypes.ts';

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
