import type { Tensor } from '../../model/tensor.ts';
import type { TensorFeatures } from '../capture/captured.ts';
import type { Numbers } from '../sketch/columns.ts';
import { mix } from '../sketch/hash.ts';
import { numbersOf } from './tensor-numbers.ts';

/** Fixed directions that rows of a large tensor are projected on. */
const PROJECTIONS = 8;

/** Of all projections, for ever: profiles and captures of different times are compared. */
const SEED = 0x0a11ce;

const STATISTICS = ['mean', 'deviation', 'least', 'most', 'zeros'] as const;

/** What is looked at of a row of a large tensor: the names behind the tensor's. */
export const TENSOR_FEATURES: readonly string[] = [
  ...STATISTICS,
  ...Array.from({ length: PROJECTIONS }, (_, direction) => `projection[${direction}]`),
];

/**
 * Of each row of a tensor of numbers: the mean of its elements, their deviation, the least and the most of them, the share
 * of zeros, and projections: sums of all elements, each with a sign that chance has given it once and for all, divided by
 * the root of their number, so that one of independent elements of unit variance has unit variance. Elements that are not
 * finite are left out; NaN of a row without others. `rows`: the first ones of them.
 */
export function tensorFeatures(tensor: Tensor, rows = tensor.shape[0] ?? 1): TensorFeatures {
  const features = Object.fromEntries(TENSOR_FEATURES.map((name) => [name, Array.from({ length: rows }, () => NaN)]));
  if (rows === 0 || Array.isArray(tensor.data)) return features;
  const elements = tensor.data.length / (tensor.shape[0] ?? 1);
  const numbers = numbersOf(tensor, rows * elements);
  for (let row = 0; row < rows; row++) {
    const figures = figuresOf(numbers.subarray(row * elements, (row + 1) * elements));
    figures.forEach((figure, index) => ((features[TENSOR_FEATURES[index] as string] as number[])[row] = figure));
  }
  return features;
}

/** In the order of their names; none of a row without a finite element. */
function figuresOf(row: Numbers): number[] {
  sums.fill(0);
  let [count, sum, zeros, least, most] = [0, 0, 0, Infinity, -Infinity];
  for (let element = 0; element < row.length; element++) {
    const value = row[element] as number;
    if (value - value !== 0) continue;
    count++;
    sum += value;
    if (value === 0) zeros++;
    if (value < least) least = value;
    if (value > most) most = value;
    const signs = mix(element ^ SEED) & (SIGNS - 1);
    sums[signs] = (sums[signs] as number) + value;
  }
  if (count === 0) return [];
  const mean = sum / count;
  return [mean, deviationOf(row, mean, count), least, most, zeros / count, ...projectionsOf(sums, Math.sqrt(count))];
}

/** The ways in which an element can have its sign in all directions; elements of one way are added up first. */
const SIGNS = 2 ** PROJECTIONS;
const sums = new Float64Array(SIGNS);

function projectionsOf(sums: Float64Array, root: number): number[] {
  return Array.from({ length: PROJECTIONS }, (_, direction) => {
    let projection = 0;
    for (let signs = 0; signs < SIGNS; signs++) {
      projection += (signs >>> direction) & 1 ? (sums[signs] as number) : -(sums[signs] as number);
    }
    return projection / root;
  });
}

function deviationOf(row: Numbers, mean: number, count: number): number {
  let squares = 0;
  for (let element = 0; element < row.length; element++) {
    const away = (row[element] as number) - mean;
    if (away - away === 0) squares += away * away;
  }
  return Math.sqrt(squares / count);
}
