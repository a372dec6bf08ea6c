import type { TrainingOptions } from './options.ts';

/** One training, as it was asked for: all that holds for its whole life, and what the agent beside the trainer goes by. */
export interface Training {
  readonly format: 1;
  readonly training: string;
  /** Of the workflow that has begun it. */
  readonly execution: string;
  readonly model: string;
  /** `optimize`: makes faster or smaller variants of a version, and leaves the best. `trial`: one of a tuning. */
  readonly kind: 'train' | 'trial' | 'tune' | 'optimize';
  /** Merged. Hyperparameters and channels are its. */
  readonly options: TrainingOptions;
  readonly trigger: 'command' | 'schedule' | 'data' | 'alarm' | 'training';
  readonly actor: string;
  readonly why?: string;
  /** Of monitoring: what it was begun for, and once. @default - somebody, or an event, has asked for it */
  readonly action?: string;
  /** ISO 8601. */
  readonly at: string;
  /** The tuning that it is a trial of, or the training whose version it optimizes. @default - it stands for itself */
  readonly parent?: string;
  /** Of `optimize`: the version whose variants are made. */
  readonly version?: number;
}

/** All behind `open` are ends. */
export type TrainingState = 'open' | 'registered' | 'trained' | 'kept' | 'failed' | 'stopped';

/** A metric that the trainer prints; a line may hold several. */
export interface MetricDefinition {
  readonly name: string;
  /** Its first group is the number, as SageMaker has it. */
  readonly regex: string;
}

/** A number that the trainer has printed. */
export interface MetricPoint {
  readonly name: string;
  readonly value: number;
  /** From 0, how often this metric was printed before. */
  readonly step: number;
  /** ISO 8601. */
  readonly at: string;
}
