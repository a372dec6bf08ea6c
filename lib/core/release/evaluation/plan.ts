import type { ScoringInput } from '../../scoring/shard.ts';
import type { EvaluationTask, PredictionPlan } from './prediction.ts';

/** How one version takes part in an evaluation. */
export interface PlannedSide {
  readonly name: string;
  readonly version: number;
  readonly prediction: PredictionPlan;
  /** Rows of a tensor: the same for every shard, so that nothing depends on who scores it, or when. */
  readonly batchRows: number;
}

/** `plan.json` of an evaluation: found once, from the first rows, and the same for every shard. */
export interface EvaluationPlan {
  readonly format: 1;
  /** With its heading, or its width. */
  readonly data: ScoringInput;
  readonly task: EvaluationTask;
  /** Empty of a regression. */
  readonly classes: readonly string[];
  /** Index of the class that binary metrics are about. @default - there is none */
  readonly positive?: number;
  readonly slices: readonly string[];
  readonly challenger: PlannedSide;
  /** @default - there is nothing to compare with */
  readonly champion?: PlannedSide;
  /** Whether a row is the same tensors for both, so that it is read once. */
  readonly shared: boolean;
  /** Rows of a block of the spill. */
  readonly blockRows: number;
  readonly shards: number;
  /** What a person should know of it, sentences. */
  readonly notes: readonly string[];
}
