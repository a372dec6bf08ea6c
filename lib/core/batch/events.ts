import type { Shard } from '../scoring/shard.ts';
import type { BatchOptions } from './options.ts';
import type { JobState } from './plan.ts';

/** An object arrived: what EventBridge tells of S3, as far as it is read. Source: the S3 user guide, "EventBridge event message structure". */
export interface ArrivalEvent {
  readonly 'detail-type': 'Object Created';
  readonly detail: {
    readonly bucket: { readonly name: string };
    /** The key may be URL-encoded or not: it is tried as it stands first. */
    readonly object: {
      readonly key: string;
      readonly size?: number;
      readonly etag?: string;
      readonly 'version-id'?: string;
      readonly sequencer?: string;
    };
  };
}

/** Somebody, or a schedule, asks for a job. */
export interface JobRequest {
  /** A reference: `name`, `name:version`, `name@alias`. */
  readonly model: string;
  /** URLs: `s3://bucket/key`, `file:/path`, or a prefix that ends in `/`: all tables below it; where there is none, all images and tensors. */
  readonly inputs: readonly string[];
  /** They win over those beside the input and in the configuration; all of them, put together, are part of the job's identity. */
  readonly options?: BatchOptions;
  /** Who asks; recorded. */
  readonly actor?: string;
}

/** What is left of a job is to be scored. */
export interface DriveRequest {
  readonly job: string;
  /** Of a drive that was interrupted; else the next one begins. */
  readonly drive?: number;
  readonly actor?: string;
}

/** The input of the workflow `batch.asl.json`. */
export type BatchRequest = ArrivalEvent | JobRequest | DriveRequest;

/** What the workflow asks of its one function. */
export type TaskEvent =
  | { readonly task: 'plan'; readonly execution: string; readonly input: BatchRequest }
  | { readonly task: 'score'; readonly job: string; readonly drive: number; readonly shard: Shard }
  | { readonly task: 'account'; readonly job: string; readonly drive: number };

/** The answer of `plan`. What is not `planned` is not scored. */
export type PlanAnswer =
  | {
      readonly state: 'planned';
      readonly job: string;
      readonly drive: number;
      readonly concurrency: number;
      /** The drive's shards. On this machine the `bucket` is the URL of the store, and the key is its own. */
      readonly list: { readonly bucket: string; readonly key: string };
    }
  /** `ignored`: no input (a folder, a file of options). `duplicate`: another execution has it. `answered`: one request, which has its answer. */
  | { readonly state: 'ignored' | 'answered' }
  /** `failed`: all was scored before, and too much of it is bad. */
  | { readonly state: 'duplicate' | 'done' | 'refused' | 'failed'; readonly job: string };

/** The answer of `account`. */
export interface AccountAnswer {
  readonly state: JobState;
  readonly job: string;
}
