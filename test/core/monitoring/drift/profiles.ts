import { pairText } from '#core/monitoring/profile/truth.ts';
import type { FeatureProfile, Profile, TruthProfile } from '#core/monitoring/profile/profile.ts';
import { CategorySketch } from '#core/monitoring/sketch/category-sketch.ts';
import { NumberSketch } from '#core/monitoring/sketch/number-sketch.ts';
import { featureSeed, rowHashes } from '#core/monitoring/sketch/row-hashes.ts';

/** NaN is missing. */
export function numbersOf(values: readonly number[], name = 'x', source = 'source'): NumberSketch {
  const sketch = new NumberSketch(featureSeed('input', name));
  sketch.add({ data: Float64Array.from(values), offset: 0, stride: 1 }, rowHashes(source, 0, values.length));
  return sketch;
}

/** How often each category is there; `''` is missing. */
function categoriesOf(counts: Readonly<Record<string, number>>): CategorySketch {
  const sketch = new CategorySketch();
  for (const [name, count] of Object.entries(counts)) sketch.addText(name === '' ? null : name, count);
  return sketch;
}

/** By name its numbers, or the counts of its categories. */
export type Given = Readonly<Record<string, readonly number[] | Readonly<Record<string, number>>>>;

export function profileOf(given: Given, truth?: TruthProfile): Profile {
  const features = Object.entries(given).map(([name, values]): FeatureProfile => {
    return Array.isArray(values)
      ? { name, role: 'input', kind: 'number', sketch: numbersOf(values as number[], name) }
      : { name, role: 'input', kind: 'category', sketch: categoriesOf(values as Record<string, number>) };
  });
  return { rows: Math.max(0, ...features.map(({ sketch }) => sketch.rows)), features, ...(truth && { truth }) };
}

/** How often which truth was there where which class was predicted: `{ cat: { cat: 90, dog: 10 } }`. */
export function classesOf(confusion: Readonly<Record<string, Readonly<Record<string, number>>>>): TruthProfile {
  const pairs = new CategorySketch();
  let correct = 0;
  for (const [prediction, truths] of Object.entries(confusion)) {
    for (const [truth, count] of Object.entries(truths)) pairs.addText(pairText(prediction, truth), count);
    correct += truths[prediction] ?? 0;
  }
  return { kind: 'classes', rows: pairs.count, correct, pairs };
}

/** So many numbers that lie as evenly as numbers of a normal distribution can. */
export const evenly = (count: number, shift = 0): number[] =>
  Array.from({ length: count }, (_, index) => shift + Math.log((index + 0.5) / (count - index - 0.5)) / 1.702);
