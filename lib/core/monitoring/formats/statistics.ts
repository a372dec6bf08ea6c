import type { FeatureProfile, Profile } from '../profile/profile.ts';
import type { CategorySketch } from '../sketch/category-sketch.ts';
import type { NumberSketch } from '../sketch/number-sketch.ts';
import { typeOf } from '../drift/violations.ts';

/**
 * `statistics.json`, as Model Monitor's analyzer writes it, from a profile. Source of the format: "Schema for Statistics" of
 * the SageMaker developer guide. Beyond it nothing is written, but that the sketch is a sample: `k` values in one level.
 */
export interface Statistics {
  readonly version: 0;
  readonly dataset: { readonly item_count: number };
  readonly features: readonly FeatureStatistics[];
}

interface Common {
  readonly num_present: number;
  readonly num_missing: number;
}

interface NumericalStatistics {
  readonly common: Common;
  readonly mean: number;
  readonly sum: number;
  readonly std_dev: number;
  readonly min: number;
  readonly max: number;
  readonly distribution: {
    readonly kll: {
      readonly buckets: readonly {
        readonly lower_bound: number;
        readonly upper_bound: number;
        readonly count: number;
      }[];
      readonly sketch: {
        readonly parameters: { readonly c: number; readonly k: number };
        readonly data: readonly (readonly number[])[];
      };
    };
  };
}

interface StringStatistics {
  readonly common: Common;
  readonly distinct_count: number;
  readonly distribution: {
    readonly categorical: { readonly buckets: readonly { readonly value: string; readonly count: number }[] };
  };
}

export interface FeatureStatistics {
  readonly name: string;
  readonly inferred_type: ReturnType<typeof typeOf>;
  readonly numerical_statistics?: NumericalStatistics;
  readonly string_statistics?: StringStatistics;
}

/** The analyzer writes no other number of them. */
const BUCKETS = 10;

/** How fast the levels of a KLL sketch shrink; of one level it says nothing. */
const SHRINKING = 0.64;

export const statisticsOf = ({ rows, features }: Profile): Statistics => ({
  version: 0,
  dataset: { item_count: rows },
  features: features.map(featureStatistics),
});

function featureStatistics(feature: FeatureProfile): FeatureStatistics {
  const head = { name: feature.name, inferred_type: typeOf(feature) };
  if (feature.kind === 'category') return { ...head, string_statistics: ofStrings(feature.sketch) };
  // Of no number there is no mean.
  return feature.sketch.count === 0 ? head : { ...head, numerical_statistics: ofNumbers(feature.sketch) };
}

function ofNumbers(sketch: NumberSketch): NumericalStatistics {
  const { count, missing, rows } = sketch;
  const [mean, least, most] = [sketch.mean ?? 0, sketch.least ?? 0, sketch.most ?? 0];
  const values = [...sketch.sorted()];
  return {
    common: { num_present: rows - missing, num_missing: missing },
    mean,
    sum: mean * count,
    std_dev: sketch.deviation ?? 0,
    min: least,
    max: most,
    distribution: {
      kll: {
        buckets: buckets(sketch, least, most),
        sketch: { parameters: { c: SHRINKING, k: values.length }, data: [values] },
      },
    },
  };
}

/** Of equal width, the last one with its end; counts are those of the sample, scaled to all values. */
function buckets(sketch: NumberSketch, least: number, most: number) {
  const sample = sketch.sample();
  const width = (most - least) / BUCKETS;
  const edges = Array.from({ length: BUCKETS + 1 }, (_, index) => (index === BUCKETS ? most : least + index * width));
  const below = edges.map((edge, index) =>
    index === BUCKETS ? 1 : countBelow(sample.values, edge) / sample.values.length,
  );
  return edges.slice(1).map((upper_bound, index) => ({
    lower_bound: edges[index] as number,
    upper_bound,
    count: round((below[index + 1]! - below[index]!) * sketch.count),
  }));
}

/** Whole where the sample is all there are. */
const round = (count: number): number => Math.round(count * 1e6) / 1e6;

function countBelow(ascending: Float64Array, edge: number): number {
  let [from, to] = [0, ascending.length];
  while (from < to) {
    const middle = (from + to) >>> 1;
    if ((ascending[middle] as number) < edge) from = middle + 1;
    else to = middle;
  }
  return from;
}

/** Names that are not kept have no bucket. */
function ofStrings(sketch: CategorySketch): StringStatistics {
  const named = [...(sketch.counts() ?? [])].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
  return {
    common: { num_present: sketch.count, num_missing: sketch.missing },
    distinct_count: sketch.distinct(),
    distribution: { categorical: { buckets: named.map(([value, count]) => ({ value, count })) } },
  };
}
