/** How the contributions of a row's features were found. */
export const METHODS = ['exact', 'linear', 'kernel', 'permutation'] as const;
export type Method = (typeof METHODS)[number];

/** One output of a row, shared out among its features: `base` and the values sum up to `prediction`. */
export interface Explained {
  readonly prediction: number;
  /** The mean over the background. */
  readonly base: number;
  /** By feature. */
  readonly values: Float64Array;
  /** Standard errors of the values, of what was drawn: 0 where nothing was, and where a feature is the background's. */
  readonly errors: Float64Array;
}

export interface Explanation {
  readonly method: Method;
  /** Whether every coalition that counts was looked at, so that another seed would say the same. */
  readonly exact: boolean;
  /** Rows that the model was asked. */
  readonly evaluations: number;
  /** By output. */
  readonly outputs: readonly Explained[];
}

/** What a method finds: by output, then by player, one after another. */
export interface Shares {
  readonly exact: boolean;
  readonly values: Float64Array;
  readonly errors: Float64Array;
}
