import type { Feature } from '../features/feature.ts';

/** The checks of data quality, in the words of Model Monitor's violations file. */
export const CHECKS = [
  'data_type_check',
  'completeness_check',
  'baseline_drift_check',
  'missing_column_check',
  'extra_column_check',
  'categorical_values_check',
] as const;

export interface Violation {
  readonly feature_name: string;
  readonly constraint_check_type: (typeof CHECKS)[number];
  readonly description: string;
}

/** How one feature of a window compares with the baseline. */
export interface FeatureDrift extends Feature {
  /** Of the live rows. */
  readonly rows: number;
  readonly missing: number;
  /** `ks` of numbers, `chi-squared` of categories; 'none' where there is too little to compare. */
  readonly test: 'ks' | 'chi-squared' | 'none';
  readonly statistic: number | null;
  /** Before any correction. */
  readonly pValue: number | null;
  /** Corrected for the error of the baseline, that all windows share, and for many features (Benjamini and Hochberg). */
  readonly adjusted: number | null;
  /** Population stability index; null where there is nothing to compare. */
  readonly psi: number | null;
  /** Jensen-Shannon distance, of the same bins. */
  readonly jensenShannon?: number | null;
  /** How far apart, 0 to 1: the largest difference of the distribution functions, or of a category's shares. */
  readonly effect: number | null;
  /** Sure and large enough in this window. */
  readonly drifted: boolean;
  /** So in as many windows in a row as `persistence` asks for. */
  readonly confirmed: boolean;
}

/** What the look at one window came to. */
export interface DriftVerdict {
  /** `few`: the rows are put together with those of the next window. `untested`: of no feature there was enough to compare. */
  readonly state: 'few' | 'untested' | 'stable' | 'suspected' | 'drifting';
  readonly rows: number;
  readonly features: readonly FeatureDrift[];
  /** What truths have to do with predictions, against the baseline. @default - no labels */
  readonly concept?: FeatureDrift;
  readonly violations: readonly Violation[];
}
