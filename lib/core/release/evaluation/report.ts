import type { EvaluatedRows } from '../../evaluation/rows.ts';
import type { ScoringInput } from '../../scoring/shard.ts';

/** What an evaluation has come to: `evaluation.json` of a release. Numbers that cannot be had are null. */
export interface EvaluationReport {
  readonly format: 1;
  /** The held-out rows, as they were read. */
  readonly data: ScoringInput;
  readonly task: 'classification' | 'regression';
  /** Of a classification. */
  readonly classes: readonly string[];
  readonly positive?: string;
  readonly challenger: ModelReport;
  /** @default - there was none, or it is the very same version */
  readonly champion?: ModelReport;
  readonly slices: readonly SliceReport[];
  readonly quality: DataQuality;
  /** Rows that `EvaluatedRows` holds, where it does not hold all: a sample that depends on nothing but their places. */
  readonly sampled?: number;
  /** What a person should know of it besides, sentences. @default - nothing */
  readonly notes?: readonly string[];
}

export interface ModelReport {
  readonly version: number;
  /** By the name that scikit-learn has for it. */
  readonly metrics: Readonly<Record<string, number | null>>;
  /** How far a metric may be from the exact one, of those that were made of bins. @default - all are exact */
  readonly bounds?: Readonly<Record<string, number>>;
  /** Truth by row, prediction by column. */
  readonly confusion?: readonly (readonly number[])[];
  /** Equal-width bins of the confidence: rows, mean confidence, share that was right. */
  readonly calibration?: readonly { readonly rows: number; readonly confidence: number; readonly accuracy: number }[];
  /** One request of one row, measured by turns with the other version; milliseconds, in the order in which they were taken. */
  readonly latencies: readonly number[];
  /** Of all files, bytes. */
  readonly size: number;
}

export interface SliceReport {
  readonly column: string;
  readonly value: string;
  readonly rows: number;
  readonly challenger: Readonly<Record<string, number | null>>;
  readonly champion?: Readonly<Record<string, number | null>>;
}

/** What can be wrong with held-out rows themselves. */
export interface DataQuality {
  /** All of them, good and bad. */
  readonly rows: number;
  /** Rows that could not be scored, or whose truth is missing or is none of the classes. */
  readonly bad: number;
  /** Of `bad`, by the stable code of the reason. */
  readonly reasons: Readonly<Record<string, number>>;
  /** Rows that are the same as an earlier one in every input, found by a hash. */
  readonly duplicates: number;
  /** The first good rows, in which they were looked for. @default - all */
  readonly hashed?: number;
  /** Cells that are empty or NaN, by column; of rows that are refused for it, only `reasons` tell. */
  readonly missing: Readonly<Record<string, number>>;
  /** Good rows of each class. */
  readonly classes: Readonly<Record<string, number>>;
}

/** What gates stand on. */
export interface Evidence {
  readonly report: EvaluationReport;
  readonly rows: EvaluatedRows;
}
