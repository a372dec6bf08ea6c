/** What one model said of rows; each list has an element for each row. */
export interface Predictions {
  /** Classification: index into the classes, -1 for a class that is none of them. Regression: the value. */
  readonly predicted: Int32Array | Float64Array;
  /** Classification: row after row, one for each class. @default - the model gives none */
  readonly probabilities?: Float32Array;
}

/** The rows of an evaluation's slice column. */
export interface SliceColumn {
  /** Texts of the column, in the order in which they first come. */
  readonly values: readonly string[];
  /** By row: index into `values`. */
  readonly of: Uint16Array;
}

/** What champion and challenger said of the very same rows; every column has `count` elements. */
export interface EvaluatedRows {
  readonly task: 'classification' | 'regression';
  readonly count: number;
  /** Of a classification, in the order of the model's outputs; else empty. */
  readonly classes: readonly string[];
  /** Index of the class that binary metrics are about. @default - there are more than two classes, or none */
  readonly positive?: number;
  /** Classification: index into the classes. Regression: the target. */
  readonly truth: Int32Array | Float64Array;
  readonly challenger: Predictions;
  /** @default - there is no version to compare with */
  readonly champion?: Predictions;
  /** By the name of the column. */
  readonly slices: Readonly<Record<string, SliceColumn>>;
}

/** Whose predictions are meant. */
export type Side = 'challenger' | 'champion';
