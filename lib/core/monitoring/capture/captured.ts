import type { Datatype } from '../../model/datatypes.ts';
import type { Redaction } from './options.ts';

/** One value as it was captured: `null` where it is missing, dropped or masked; a text also for the hash of a number. */
export type Cell = number | string | null;

/** Row numbers by feature: what is kept of a tensor that is too large to be captured whole. */
export type TensorFeatures = Readonly<Record<string, readonly number[]>>;

export interface CapturedTensor {
  readonly name: string;
  readonly datatype: Datatype;
  readonly shape: readonly number[];
  /** Row by row. @default - it was too large: there is `features` instead */
  readonly data?: readonly Cell[];
  readonly features?: TensorFeatures;
}

/** One request and its answer, redacted. */
export interface CapturedEvent {
  /** Of all events this one's only. */
  readonly id: string;
  /** The id that the client gave. @default - none */
  readonly inferenceId?: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly model: string;
  /** 0 where a file of Model Monitor does not say it. */
  readonly version: number;
  /** What answered: a published version of a function; on a laptop the model's version again; empty where nobody says it. */
  readonly target: string;
  /** The keyed hash of whom it is of. @default - nobody */
  readonly subject?: string;
  /** The key of the record that its truth comes back as: see `feedbackKey`. @default - the answer carried no receipt */
  readonly feedback?: string;
  readonly rows: number;
  /** By tensor, or by tensor and element (`input[3]`): what was done before it was kept. @default - nothing is sensitive */
  readonly redacted?: Readonly<Record<string, Redaction>>;
  /** In signature order. */
  readonly inputs: readonly CapturedTensor[];
  readonly outputs: readonly CapturedTensor[];
}
