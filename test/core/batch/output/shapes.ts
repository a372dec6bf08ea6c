import { DATATYPES, type Datatype } from '#core/model/datatypes.ts';
import type { TensorSpec } from '#core/model/signature.ts';
import type { Tensor } from '#core/model/tensor.ts';
import type { BadRow, RowBatch } from '#core/scoring/rows.ts';
import type { OutputShape, PartWriter } from '#core/batch/world.ts';

export const spec = (name: string, datatype: Datatype, shape: readonly number[]): TensorSpec => ({
  name,
  datatype,
  shape,
});

/** Numbers as the datatype keeps them. */
export function tensor(datatype: Datatype, shape: readonly number[], values: readonly unknown[]): Tensor {
  const { array: Typed } = DATATYPES[datatype];
  if (!Typed) return { datatype, shape, data: values as string[] };
  const data = new Typed(values.length);
  for (const [index, value] of values.entries()) data[index] = value as never;
  return { datatype, shape, data };
}

export const shapeOf = (outputs: readonly TensorSpec[], options: Partial<OutputShape> = {}): OutputShape => ({
  signature: { inputs: [spec('x', 'FP32', [-1, 1])], outputs, unserved: [] },
  labels: undefined,
  layout: { heading: [], inputs: [], kept: [], missing: 'refuse' },
  kept: [],
  aligned: false,
  ...options,
});

/** Of so many rows, filled up to so many, with what is kept of them, by column. */
export const batchOf = (rows: number, kept: readonly (readonly string[])[] = [], filled = rows): RowBatch => ({
  inputs: [{ datatype: 'FP32', shape: [filled, 1], data: new Float32Array(filled) }],
  rows,
  kept,
});

export const badRow = (row: number, more: Partial<BadRow> = {}): BadRow => ({
  row,
  position: row * 10,
  bytes: Buffer.from('x'),
  length: 1,
  code: 'row.number',
  message: 'no number',
  ...more,
});

export const textOf = (writer: PartWriter): string => Buffer.from(writer.end()).toString();

/** Three rows of what most classifiers give. */
export const iris = {
  outputs: [spec('label', 'INT64', [-1]), spec('probabilities', 'FP32', [-1, 3])],
  tensors: [
    tensor('INT64', [3], [0n, 2n, 1n]),
    tensor('FP32', [3, 3], [0.9, 0.1, 0, 0.05, 0.15, 0.8, 1e-7, 1, 0.3333333]),
  ],
};
