import * as fc from 'fast-check';
import type { Ask, Rows } from '#core/explanation/ask.ts';

/** A model of one output, by what it says of a row. */
export const asks =
  (of: (row: Float64Array) => number | readonly number[]): Ask =>
  async (rows, count) => {
    const width = rows.length / count;
    return Float64Array.from(
      Array.from({ length: count }, (_, row) => of(rows.subarray(row * width, (row + 1) * width))).flat(),
    );
  };

export const rowsOf = (...rows: readonly (readonly number[])[]): Rows => ({
  data: Float64Array.from(rows.flat()),
  count: rows.length,
});

/** A small network: what it knows is in its weights, and all of its features work together. */
export const network =
  (weights: readonly number[], features: number) =>
  (row: Float64Array): readonly number[] =>
    [0, 1].map((output) => {
      let sum = 0;
      for (let unit = 0; unit < 3; unit++) {
        let inner = 0;
        for (let feature = 0; feature < features; feature++)
          inner += row[feature]! * weights[(unit * features + feature + output * 7) % weights.length]!;
        sum += Math.tanh(inner) * weights[(unit + output) % weights.length]!;
      }
      return sum;
    });

const number = fc.double({ min: -3, max: 3, noNaN: true });

export interface Case {
  readonly features: number;
  readonly weights: readonly number[];
  readonly row: readonly number[];
  readonly background: readonly (readonly number[])[];
  readonly seed: number;
}

export const caseOf = (least: number, most: number): fc.Arbitrary<Case> =>
  fc.integer({ min: least, max: most }).chain((features) => {
    const row = fc.array(number, { minLength: features, maxLength: features });
    return fc.record({
      features: fc.constant(features),
      weights: fc.array(number, { minLength: 3 * features, maxLength: 3 * features }),
      row,
      background: fc.array(row, { minLength: 1, maxLength: 4 }),
      seed: fc.integer(),
    });
  });

export const sum = (values: Iterable<number>): number => [...values].reduce((total, value) => total + value, 0);
