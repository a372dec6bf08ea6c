import { describe, expect, it } from 'vitest';
import { Random } from '#core/evaluation/statistics/random.ts';
import { TENSOR_FEATURES, tensorFeatures } from '#core/monitoring/features/tensor-features.ts';
import { numberToHalf } from '#core/model/halves.ts';

const figures = (data: number[], rows: number) =>
  tensorFeatures({ datatype: 'FP64', shape: [rows, data.length / rows], data: Float64Array.from(data) });

describe('what is kept of a large tensor', () => {
  it('is a few statistics of each row', () => {
    const features = figures([0, 1, 2, 3, 0, 0, 0, 8], 2);
    expect(Object.keys(features)).toEqual(TENSOR_FEATURES);
    expect([features.mean, features.least, features.most, features.zeros]).toEqual([
      [1.5, 2],
      [0, 0],
      [3, 8],
      [0.25, 0.75],
    ]);
    expect(features.deviation).toEqual([Math.sqrt(1.25), Math.sqrt(12)]);
  });

  it('is of elements that are finite, and nothing of none', () => {
    const features = figures([NaN, 4, Infinity, NaN, NaN, NaN], 2);
    expect([features.mean, features.most, features.zeros]).toEqual([
      [4, NaN],
      [4, NaN],
      [0, NaN],
    ]);
    expect(tensorFeatures({ datatype: 'BYTES', shape: [1, 1], data: ['x'] }).mean).toEqual([NaN]);
    expect(tensorFeatures({ datatype: 'FP32', shape: [0, 9], data: new Float32Array() }).mean).toEqual([]);
  });

  it('is the same for any datatype that holds the numbers, and of the first rows alone', () => {
    const expected = figures([1, 2, 3, 4], 2);
    const shape = [2, 2];
    expect(tensorFeatures({ datatype: 'UINT8', shape, data: Uint8Array.of(1, 2, 3, 4) })).toEqual(expected);
    expect(tensorFeatures({ datatype: 'INT64', shape, data: BigInt64Array.of(1n, 2n, 3n, 4n) })).toEqual(expected);
    const halves = Uint16Array.from([1, 2, 3, 4], numberToHalf);
    expect(tensorFeatures({ datatype: 'FP16', shape, data: halves })).toEqual(expected);
    expect(tensorFeatures({ datatype: 'FP16', shape, data: halves }, 1).mean).toEqual([1.5]);
  });

  it('has projections that stay what they are', () => {
    const features = figures([1, 2, 3, 4, 5, 6, 7, 8, 9], 1);
    expect([0, 1, 7].map((i) => features[`projection[${i}]`])).toMatchInlineSnapshot(`
      [
        [
          0.3333333333333333,
        ],
        [
          -5.666666666666667,
        ],
        [
          -0.3333333333333333,
        ],
      ]
    `);
  });

  it('has projections of unit variance that do not depend on each other', () => {
    const random = new Random(3);
    const rows = 2000;
    const noise = Array.from({ length: rows * 100 }, () => (random.uniform() - 0.5) * Math.sqrt(12));
    const features = figures(noise, rows);
    const projections = [0, 1, 2, 3, 4, 5, 6, 7].map((i) => features[`projection[${i}]`] as readonly number[]);
    for (const [i, one] of projections.entries()) {
      for (const [j, other] of projections.entries()) {
        const product = one.reduce((sum, value, row) => sum + value * (other[row] as number), 0) / rows;
        // Directions of a hundred signs are as good as at right angles: 0 give or take 0.1, and 0.02 of chance.
        expect(Math.abs(product - (i === j ? 1 : 0))).toBeLessThan(i === j ? 0.12 : 0.4);
      }
    }
  });
});
