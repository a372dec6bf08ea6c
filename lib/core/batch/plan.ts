import type { ScoringInput, Shard } from '../scoring/shard.ts';
import type { BatchOptions, OutputFormat } from './options.ts';

/** The version that scores a job, from its first row to its last. */
export interface PinnedModel {
  readonly name: string;
  /** 0: the job was refused because no version could be found. */
  readonly version: number;
}

export interface Estimate {
  readonly rows: number;
  /** Whether `rows` was counted. */
  readonly exact: boolean;
  /** From the first shard to the last, at the plan's concurrency. */
  readonly seconds: number;
  /** What AWS would bill, US dollars. */
  readonly usd: number;
  /** What one worker scored of a sample. */
  readonly rowsPerSecond: number;
}

/** What is done, to what, by which version, and how it is cut: written once, before anything is scored. */
export interface BatchPlan {
  readonly format: 1;
  readonly job: string;
  readonly createdAt: string;
  readonly model: PinnedModel;
  readonly inputs: readonly ScoringInput[];
  /** As they were given; defaults apply where they are read. */
  readonly options: BatchOptions;
  readonly outputFormat: OutputFormat;
  readonly exactMode: boolean;
  /** Rows of a tensor. */
  readonly batchRows: number;
  readonly shards: number;
  readonly concurrency: number;
  /** Of a job that was refused: as far as it was made. */
  readonly estimate: Estimate;
  /** Rows that can be good at most, whatever `estimate` says. @default - nobody can tell, as of what is compressed */
  readonly mostGood?: number;
  /** Who asked, or the key of the object that arrived. @default - nobody said */
  readonly actor?: string;
  /** Why it is not begun, where it is not: its cost, or an input that cannot be read as rows. */
  readonly refusal?: Refusal;
}

export interface Refusal {
  /** As an error's. */
  readonly code: string;
  readonly message: string;
  readonly fix?: string;
}

/** A file that was written: whoever reads it can tell that it is whole. */
export interface WrittenPart {
  readonly key: string;
  /** Bytes. */
  readonly size: number;
  /** Lower-case hex. */
  readonly sha256: string;
}

/** That a shard is scored. A shard scored twice leaves the same, but for `seconds`. */
export interface Receipt {
  readonly format: 1;
  readonly shard: number;
  /** Which of the job's inputs, from 0. */
  readonly input: number;
  /** Of the input, bytes. */
  readonly bytes: number;
  /** rows = scored + quarantined. */
  readonly rows: number;
  readonly scored: number;
  readonly quarantined: number;
  /** @default - no row of it was good */
  readonly part?: WrittenPart;
  /** @default - no row of it was bad */
  readonly quarantine?: WrittenPart;
  readonly seconds: number;
}

/**
 * `planned`: nothing is scored yet. `running`: receipts come in. `done`: every row is scored or in quarantine. `pending`: a
 * drive has ended and left shards; drive it again. `failed`: more rows were bad than the budget allows. `refused`: it was
 * not begun. `cancelled`: somebody stopped it.
 */
export type JobState = 'planned' | 'running' | 'done' | 'pending' | 'failed' | 'refused' | 'cancelled';

/** A shard that is not scored. */
export interface PendingShard {
  readonly shard: Shard;
  /** Counted; undefined where it could not be read. */
  readonly rows?: number;
  /** Why not. @default - nobody tried, or whoever tried was killed */
  readonly reason?: Refusal;
}

/** The proof: in = scored + quarantined + pending, with a hash for every file that was written. */
export interface BatchManifest {
  readonly format: 1;
  readonly job: string;
  readonly model: PinnedModel;
  /** The last drive that it speaks of; 0: none was begun. */
  readonly drive: number;
  readonly state: JobState;
  /** `in` is undefined while a pending shard could not be counted. */
  readonly rows: {
    readonly in?: number;
    readonly scored: number;
    readonly quarantined: number;
    readonly pending?: number;
  };
  readonly inputs: readonly ScoringInput[];
  readonly parts: readonly (WrittenPart & {
    readonly shard: number;
    readonly input: number;
    /** That were scored. */
    readonly rows: number;
    /** Of its input, from 0, good and bad; undefined while a shard before it is pending. */
    readonly firstRow?: number;
  })[];
  readonly quarantine: readonly (WrittenPart & {
    readonly shard: number;
    readonly input: number;
    readonly rows: number;
  })[];
  readonly pending: readonly PendingShard[];
  /** Why shards are pending: each reason by its code, with the first message of it, the most frequent first. @default - nobody knows */
  readonly reasons?: readonly (Refusal & { readonly shards: number })[];
  /** Outputs put together: `<input>.out` of the layout `sagemaker`. */
  readonly outputs?: readonly WrittenPart[];
  /** Receipts that it was made of: one with fewer never replaces one with more. */
  readonly receipts: number;
  readonly plannedAt: string;
  readonly finishedAt?: string;
  /** Worker seconds, summed over the shards. */
  readonly seconds: number;
  /** Of one worker, while it works. */
  readonly rowsPerSecond?: number;
  readonly usdPerMillionRows?: number;
  /** Why it was not begun, was stopped, or failed. */
  readonly refusal?: Refusal;
}

/** One run of the workflow over the shards that have no receipt yet. */
export interface Drive {
  readonly format: 1;
  /** From 1. */
  readonly drive: number;
  /** Of the workflow that has it: the only one that gets its shards. */
  readonly execution: string;
  readonly beganAt: string;
  readonly actor?: string;
}

/** Why a drive is to score no further shard. `changed`: an input is no longer what was planned. */
export interface Stop {
  readonly format: 1;
  readonly reason: 'cancelled' | 'budget' | 'changed';
  readonly at: string;
  /** Who cancelled it. */
  readonly actor?: string;
  /** @default - of what was cancelled, none */
  readonly refusal?: Refusal;
}

export type { ScoringInput, Shard };
