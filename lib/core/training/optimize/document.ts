import type { Decision } from '../../release/gates/answer.ts';
import type { LeftFile } from '../documents.ts';
import type { Settings } from './settings.ts';

/** What was measured several times: the median, and where it lies with 95 % confidence, whatever the distribution. */
export interface Measured {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** What it takes to run a model, on the machine that measured it. */
export interface Cost {
  /** Milliseconds that one row takes, warm. */
  readonly latency: Measured;
  /** Milliseconds that so many rows take together. @default - the model takes no batches */
  readonly batch?: Measured & { readonly rows: number };
  /** Milliseconds from files that were just read to a model that answers. */
  readonly load: Measured;
  /** Of all files. */
  readonly bytes: number;
  /** The same, compressed. */
  readonly gzipBytes: number;
}

/** How near a variant's answers are to those of the original, by output. */
export interface Fidelity {
  readonly output: string;
  /** What the same answer is: the same class, a number as near as a tenth of its standard deviation, or the same to the last bit. */
  readonly same: 'class' | 'near' | 'exact';
  readonly rows: number;
  /** Share of the rows with the same answer, and where it lies with 95 % confidence at each end. */
  readonly agreement: Measured;
  /** Rows for which the original has an answer, and the variant has none, or no number. */
  readonly unanswered: number;
  /** Differences of the numbers: the largest and the mean, absolute. @default - they are no floats */
  readonly largest?: number;
  readonly mean?: number;
  /** Share of the variance of the original's numbers that the variant's explain. @default - they are compared as classes, or do not vary */
  readonly r2?: number;
}

/** A metric on the same rows, before and after. */
export interface Quality {
  readonly metric: 'accuracy' | 'r2';
  readonly rows: number;
  readonly value: number | null;
  readonly original: number | null;
  /** Value less original, and its bounds at a confidence of 95 % each. Null where the rows do not tell. */
  readonly difference: number | null;
  readonly low: number | null;
  readonly high: number | null;
  /** Rows that would decide it, about. @default - it is decided, or no number would */
  readonly rowsNeeded?: number;
}

/** A value of one model, with its interval of 95 %. */
export interface Estimated {
  readonly metric: 'accuracy' | 'r2';
  readonly value: number | null;
  readonly low: number | null;
  readonly high: number | null;
}

/** One rule that a variant has to pass, and a sentence of what came of it. */
export interface GuardAnswer {
  readonly guard: 'loads' | 'signature' | 'answers' | 'agreement' | 'quality' | 'slices';
  readonly output?: string;
  readonly verdict: Decision;
  readonly sentence: string;
}

/** What is known of a variant. */
export interface JudgedVariant {
  readonly name: string;
  readonly method: string;
  readonly note?: string;
  readonly settings: Readonly<Record<string, unknown>>;
  /** The worst of its guards. */
  readonly verdict: Decision;
  readonly guards: readonly GuardAnswer[];
  readonly outputs: readonly Fidelity[];
  /** @default - no rows whose truth is known */
  readonly quality?: Quality;
  readonly estimated?: Estimated;
  /** @default - it could not be run */
  readonly cost?: Cost;
}

/** The variant that becomes the next version. */
export interface Pick {
  readonly name: string;
  readonly method: string;
  /** Below `/opt/ml/model`. */
  readonly folder: string;
  /** Paths with the folder. */
  readonly files: readonly LeftFile[];
  /** How it came about and what was found, for the manifest. */
  readonly provenance: Readonly<Record<string, unknown>>;
  /** On the held-out rows, for the manifest. */
  readonly metrics: Readonly<Record<string, number>>;
}

/** `optimization.json` of a training: every variant, judged, and the one that is taken. */
export interface OptimizationDocument {
  readonly format: 1;
  readonly version: number;
  readonly settings: Settings;
  /** That the guard judged on. */
  readonly rows: number;
  /** Whether their truth is known. */
  readonly labelled: boolean;
  readonly original: { readonly cost: Cost; readonly estimated?: Estimated };
  readonly variants: readonly JudgedVariant[];
  /** Methods that the optimizer could not use, and why. */
  readonly leftOut: readonly { readonly method: string; readonly reason: string }[];
  /** @default - the original is kept */
  readonly pick?: Pick;
  /** For people: what is taken and what it gains, or why nothing is. */
  readonly sentence: string;
  readonly notes: readonly string[];
}
