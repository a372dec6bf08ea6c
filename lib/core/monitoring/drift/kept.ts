import type { CategorySketch } from '../sketch/category-sketch.ts';
import type { NumberSketch } from '../sketch/number-sketch.ts';
import type { Counts } from './statistics/chi-squared.ts';

/** Found out of a sketch once: the baseline's is asked for with every window. Nothing is added to a sketch by then. */
function once<S extends object, T>(find: (sketch: S) => T): (sketch: S) => T {
  const found = new WeakMap<S, { readonly value: T }>();
  return (sketch) => {
    const known = found.get(sketch) ?? { value: find(sketch) };
    found.set(sketch, known);
    return known.value;
  };
}

/** The sample, ascending. */
export const sortedSample: (sketch: NumberSketch) => Float64Array = once((sketch: NumberSketch) => sketch.sorted());

/** Counts by category; undefined where there are more than are kept. */
export const categoryCounts: (sketch: CategorySketch) => Counts | undefined = once((sketch: CategorySketch) =>
  sketch.counts(),
);
