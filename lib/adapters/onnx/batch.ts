import { splitRows, type Tensor } from '#core/model/tensor.ts';
import type { PendingRequest } from './requests.ts';

/** Rows that a request brings: the first dimension of its inputs where they agree on it, else 0. */
export function rowsOf(inputs: readonly Tensor[]): number {
  const rows = inputs[0]?.shape[0] ?? 0;
  for (let i = 1; i < inputs.length; i++) if ((inputs[i] as Tensor).shape[0] !== rows) return 0;
  return rows;
}

/** Whether two requests can share a run: equal beyond the first dimension, input by input. */
export function sameRowShape(a: readonly Tensor[], b: readonly Tensor[]): boolean {
  for (let i = 0; i < a.length; i++) {
    const left = (a[i] as Tensor).shape;
    const right = (b[i] as Tensor).shape;
    if (left.length !== right.length) return false;
    for (let axis = 1; axis < left.length; axis++) if (left[axis] !== right[axis]) return false;
  }
  return true;
}

export const totalRows = (batch: readonly PendingRequest[]): number =>
  batch.reduce((sum, { rows }) => sum + Math.max(1, rows), 0);

/** The shape of tensors of equal rows that are put together along the first dimension; of a lone one, its own. */
export function mergedShape(parts: readonly Tensor[]): readonly number[] {
  const { shape } = parts[0] as Tensor;
  if (parts.length === 1) return shape;
  return [parts.reduce((rows, part) => rows + (part.shape[0] as number), 0), ...shape.slice(1)];
}

/** Each request's own rows; undefined where the outputs do not have the rows that went in. */
export function splitOutputs(
  batch: readonly PendingRequest[],
  outputs: readonly Tensor[],
): readonly (readonly Tensor[])[] | undefined {
  if (batch.length === 1) return [outputs];
  const total = totalRows(batch);
  if (outputs.some(({ shape }) => shape[0] !== total)) return undefined;
  const rows = batch.map((request) => request.rows);
  const parts = outputs.map((output) => splitRows(output, rows));
  return batch.map((_, i) => parts.map((part) => part[i] as Tensor));
}
