import { Random } from '#core/evaluation/statistics/random.ts';
import { featurePlan } from '#core/monitoring/features/plan.ts';
import { ProfileBuilder } from '#core/monitoring/profile/builder.ts';
import type { Profile } from '#core/monitoring/profile/profile.ts';
import type { Tensor } from '#core/model/tensor.ts';

/** Two columns of numbers and a town in; a class of three out. */
export const PLAN = featurePlan({
  signature: {
    inputs: [
      { name: 'x', datatype: 'FP32', shape: [-1, 2] },
      { name: 'town', datatype: 'BYTES', shape: [-1] },
    ],
    outputs: [{ name: 'scores', datatype: 'FP32', shape: [-1, 3] }],
  },
  labels: { scores: ['low', 'middle', 'high'] },
});

const TOWNS = ['Ulm', 'Bonn', 'Köln', 'Jena'];

export interface Rows {
  readonly inputs: readonly Tensor[];
  readonly outputs: readonly Tensor[];
  readonly rows: number;
  readonly truths: readonly (string | number | undefined)[];
}

export function makeRows(rows: number, seed = 1): Rows {
  const random = new Random(seed);
  const floats = (count: number) => Float32Array.from({ length: count }, () => random.uniform());
  const truths = Array.from({ length: rows }, (_, row) => [undefined, 0, 'high'][row % 3]);
  const towns = Array.from({ length: rows }, () => TOWNS[random.below(4)] as string);
  return {
    inputs: [
      { datatype: 'FP32', shape: [rows, 2], data: floats(2 * rows).map((value, i) => (i % 97 === 0 ? NaN : value)) },
      { datatype: 'BYTES', shape: [rows], data: towns },
    ],
    outputs: [{ datatype: 'FP32', shape: [rows, 3], data: floats(3 * rows) }],
    rows,
    truths,
  };
}

export function profileOf(rows: number, seed = 1, source = 'file'): Profile {
  const builder = new ProfileBuilder(PLAN);
  builder.addTensors({ ...makeRows(rows, seed), source, firstRow: 0 });
  return builder.profile();
}
