import type { Feature } from '../features/feature.ts';
import { type CategoryEntry, type CategorySketch, labelOf } from '../sketch/category-sketch.ts';
import type { NumberSketch } from '../sketch/number-sketch.ts';
import type { FeatureProfile, Profile } from './profile.ts';

/** Quantiles of a number: its ends apart, what a box plot shows. */
const SHARES = [0.05, 0.25, 0.5, 0.75, 0.95];

/** Categories that are named, the most frequent ones. */
const TOP = 10;

interface NumberSummary {
  readonly kind: 'number';
  readonly mean: number | null;
  readonly deviation: number | null;
  readonly least: number | null;
  readonly most: number | null;
  /** At shares of 5, 25, 50, 75 and 95 %. */
  readonly quantiles: readonly (number | null)[];
}

interface CategorySummary {
  readonly kind: 'category';
  readonly distinct: number;
  /** With their shares of those that are not missing. @default - there are more categories than are named */
  readonly top?: readonly { readonly category: string; readonly share: number }[];
}

export type FeatureSummary = Feature & { readonly rows: number; readonly missing: number } & (
    | NumberSummary
    | CategorySummary
  );

/** What people and pages want to know of a profile: some hundred bytes of JSON a feature. */
export interface ProfileSummary {
  readonly rows: number;
  readonly features: readonly FeatureSummary[];
}

export const summaryOf = ({ rows, features }: Profile): ProfileSummary => ({
  rows,
  features: features.map(summaryOfFeature),
});

function summaryOfFeature(feature: FeatureProfile): FeatureSummary {
  const { name, role, sketch } = feature;
  const common = { name, role, rows: sketch.rows, missing: sketch.missing };
  return { ...common, ...(feature.kind === 'number' ? ofNumbers(feature.sketch) : ofCategories(feature.sketch)) };
}

function ofNumbers(sketch: NumberSketch): NumberSummary {
  const sample = sketch.sample();
  const { mean, deviation, least, most } = sketch;
  return { kind: 'number', mean, deviation, least, most, quantiles: SHARES.map((share) => sample.quantile(share)) };
}

function ofCategories(sketch: CategorySketch): CategorySummary {
  const named = (entry: CategoryEntry) => ({ category: labelOf(entry), share: entry.count / sketch.count });
  const top = sketch.isComplete ? { top: sketch.entries().slice(0, TOP).map(named) } : {};
  return { kind: 'category', distinct: sketch.distinct(), ...top };
}
