import type { MetricPoint, TrainingState } from './training.ts';

/** A file that the trainer has left, whole in the store when a document names it. */
export interface LeftFile {
  /** Below its folder, with `/`. */
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** Lower-case hex. */
  readonly sha256: string;
}

/** That the job was handed to whoever runs it. */
export interface SubmitDocument {
  readonly at: string;
  /** As the runner knows it. */
  readonly job: string;
}

/** Why its job waits for a machine: written over and over, and of no consequence. */
export interface WaitingDocument {
  readonly at: string;
  readonly reason: string;
}

/** What the agent has taken out of the container, and how the trainer ended: the last thing that it writes. */
export interface ResultDocument {
  readonly at: string;
  readonly outcome: 'succeeded' | 'failed' | 'stopped';
  /** Of the trainer. */
  readonly exitCode: number;
  /** What `/opt/ml/output/failure` says, 1024 characters at most, else the trainer's last lines. @default - it has succeeded */
  readonly failure?: string;
  /** Of `/opt/ml/model`. */
  readonly model: readonly LeftFile[];
  /** Of `/opt/ml/output/data`. */
  readonly data: readonly LeftFile[];
  /** The last value of each metric that it printed. */
  readonly metrics: Readonly<Record<string, number>>;
  /** SHA-256 of each channel's files, as they were fetched. */
  readonly channels: Readonly<Record<string, string>>;
  /** Hosts that it was begun on, this one too. */
  readonly attempts: number;
  /** Of the trainer, over all hosts as far as is known. */
  readonly seconds: number;
}

/** How far the trainer is. */
export interface Progress {
  readonly at: string;
  readonly phase: 'fetching' | 'training' | 'taking out';
  readonly attempt: number;
  /** Of `fetching` and `taking out`: bytes. */
  readonly done?: number;
  readonly total?: number;
  /** Every value of each metric, thinned where there are more than a thousand. */
  readonly metrics: readonly MetricPoint[];
  /** The last lines that the trainer printed, 20 at most. */
  readonly lines: readonly string[];
  /** When the last snapshot of the checkpoints was whole in the store. @default - there was none */
  readonly checkpoint?: string;
  /** Of the trainer until now, over all hosts as far as is known. @default - it was never begun */
  readonly seconds?: number;
}

/** The model's answers against the framework's. */
export interface CheckDocument {
  /** Golden questions that it was asked. */
  readonly compared: number;
  /** The largest difference, by output: absolute. */
  readonly largest: Readonly<Record<string, number>>;
  readonly tolerance: { readonly absolute: number; readonly relative: number };
}

export interface RegisterDocument {
  readonly version: number;
}

/** That a person, a limit or a tuning wants it ended: written first, then the job is. */
export interface StopDocument {
  readonly at: string;
  readonly actor: string;
  readonly reason: string;
}

/** How it ended. */
export interface EndDocument {
  readonly at: string;
  readonly state: Exclude<TrainingState, 'open'>;
  /** A sentence for people. */
  readonly reason: string;
  readonly version?: number;
  /** The stable code of an error. */
  readonly code?: string;
}
