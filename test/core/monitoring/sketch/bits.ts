import { encodeProfile } from '#core/monitoring/profile/encode.ts';
import type { CategorySketch } from '#core/monitoring/sketch/category-sketch.ts';
import { NumberSketch } from '#core/monitoring/sketch/number-sketch.ts';
import { featureSeed, rowHashes } from '#core/monitoring/sketch/row-hashes.ts';

const SEED = featureSeed('input', 'x');

/** All of a sketch, to the bit. */
export const bitsOfNumbers = (sketch: NumberSketch): string =>
  Buffer.from(encodeProfile({ rows: 0, features: [{ name: 'x', role: 'input', kind: 'number', sketch }] })).toString(
    'base64',
  );

export const bitsOfCategories = (sketch: CategorySketch): string =>
  Buffer.from(encodeProfile({ rows: 0, features: [{ name: 'x', role: 'input', kind: 'category', sketch }] })).toString(
    'base64',
  );

/** Of the feature `x`, from the row `firstRow` of a source. */
export function numbersOf(values: ArrayLike<number>, firstRow = 0, source = 'file'): NumberSketch {
  const sketch = new NumberSketch(SEED);
  const data = Float64Array.from(values);
  sketch.add({ data, offset: 0, stride: 1 }, rowHashes(source, firstRow, data.length));
  return sketch;
}
