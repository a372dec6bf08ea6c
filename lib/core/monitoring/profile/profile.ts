import type { Feature } from '../features/feature.ts';
import type { CategorySketch } from '../sketch/category-sketch.ts';
import type { NumberSketch } from '../sketch/number-sketch.ts';

/** What is kept of a feature's values. */
export type FeatureProfile = Feature &
  (
    | { readonly kind: 'number'; readonly sketch: NumberSketch }
    | { readonly kind: 'category'; readonly sketch: CategorySketch }
  );

/** What is kept of rows, however many, of one version: each feature by itself, and no row. */
export interface Profile {
  readonly rows: number;
  /** In the plan's order. */
  readonly features: readonly FeatureProfile[];
  /** What truths have to do with predictions. @default - no row had a truth */
  readonly truth?: TruthProfile;
}

/** Of the rows whose truth is known. */
export type TruthProfile =
  | {
      readonly kind: 'classes';
      readonly rows: number;
      readonly correct: number;
      /** Prediction and truth, as `pairText` puts them together. */
      readonly pairs: CategorySketch;
    }
  | {
      readonly kind: 'values';
      readonly rows: number;
      /** Truth less prediction. */
      readonly residuals: NumberSketch;
    };
