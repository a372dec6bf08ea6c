import type { Datatype } from './datatypes.ts';

/** One declared tensor of the graph; -1 is a dimension that may vary. */
export interface TensorSpec {
  readonly name: string;
  readonly datatype: Datatype;
  readonly shape: readonly number[];
  /** The graph's own names of its dimensions, `''` where it has none. @default - all unnamed */
  readonly dimensions?: readonly string[];
}

/** An output that the graph declares and that cannot be served, with why and the cure. */
export interface UnservedOutput {
  readonly name: string;
  readonly reason: string;
  readonly cure: string;
}

/** The tensors that a model takes and gives, read from its graph; order is the graph's. */
export interface Signature {
  readonly inputs: readonly TensorSpec[];
  readonly outputs: readonly TensorSpec[];
  readonly unserved: readonly UnservedOutput[];
}

/** Whether `shape` is one that `declared` allows: the same rank, and equal wherever the declared dimension is fixed. */
export function shapeMatches(declared: readonly number[], shape: readonly number[]): boolean {
  if (declared.length !== shape.length) return false;
  for (let axis = 0; axis < shape.length; axis++) {
    if (declared[axis] !== -1 && declared[axis] !== shape[axis]) return false;
  }
  return true;
}
