import type { NumberSketch } from '../sketch/number-sketch.ts';

const samples = new WeakMap<NumberSketch, Float64Array>();

/** The sketch's sample, ascending; sorted once, as the baseline's is asked for with every window. The sketch is complete by now. */
export function sortedSample(sketch: NumberSketch): Float64Array {
  const known = samples.get(sketch);
  if (known) return known;
  const values = sketch.sorted();
  samples.set(sketch, values);
  return values;
}
