import { readFileSync, statSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import type { Datatype, TensorData } from '#core/model/datatypes.ts';
import type { Tensor } from '#core/model/tensor.ts';
import type { ModelFiles } from '#core/ports.ts';

const FIXTURES = fileURLToPath(new URL('../fixtures', import.meta.url));

/** A fixture model with the hashes of its files, as a registry would have recorded them. */
export function fixture(name: string, ...others: readonly string[]): ModelFiles {
  const files = [`${name}.onnx`, ...others].map((path) => ({
    path,
    sha256: createHash('sha256')
      .update(readFileSync(`${FIXTURES}/${path}`))
      .digest('hex'),
    size: statSync(`${FIXTURES}/${path}`).size,
  }));
  return { folder: FIXTURES, graph: `${name}.onnx`, files };
}

export const tensor = (datatype: Datatype, shape: readonly number[], data: TensorData): Tensor => ({
  datatype,
  shape,
  data,
});

export const floats = (shape: readonly number[], values: readonly number[]): Tensor =>
  tensor('FP32', shape, Float32Array.from(values));
