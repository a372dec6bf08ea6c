import type { EvaluatedRows, Predictions, SliceColumn } from './rows.ts';

/** The rows of each value of a slice column, in the order of `values`; ascending. One pass, four bytes a row. */
export function sliceIndices({ values, of }: SliceColumn): Uint32Array[] {
  const counts = values.map(() => 0);
  for (const value of of) (counts[value] as number) += 1;
  const indices = counts.map((count) => new Uint32Array(count));
  const filled = values.map(() => 0);
  for (const [row, value] of of.entries()) {
    (indices[value] as Uint32Array)[filled[value] as number] = row;
    (filled[value] as number) += 1;
  }
  return indices;
}

/** Those rows alone, in that order, copied. A row may come more than once. */
export function selectRows(rows: EvaluatedRows, indices: Uint32Array): EvaluatedRows {
  const { champion, slices, classes } = rows;
  return {
    ...rows,
    count: indices.length,
    truth: pick(rows.truth, indices),
    challenger: pickPredictions(rows.challenger, indices, classes.length),
    ...(champion && { champion: pickPredictions(champion, indices, classes.length) }),
    slices: Object.fromEntries(
      Object.entries(slices).map(([name, { values, of }]) => [
        name,
        { values, of: Uint16Array.from(indices, (row) => of[row] as number) },
      ]),
    ),
  };
}

function pick(values: Int32Array | Float64Array, indices: Uint32Array): Int32Array | Float64Array {
  const of = (row: number) => values[row] as number;
  return values instanceof Int32Array ? Int32Array.from(indices, of) : Float64Array.from(indices, of);
}

function pickPredictions({ predicted, probabilities }: Predictions, indices: Uint32Array, width: number): Predictions {
  if (probabilities === undefined) return { predicted: pick(predicted, indices) };
  const picked = new Float32Array(indices.length * width);
  for (const [at, row] of indices.entries())
    picked.set(probabilities.subarray(row * width, (row + 1) * width), at * width);
  return { predicted: pick(predicted, indices), probabilities: picked };
}
