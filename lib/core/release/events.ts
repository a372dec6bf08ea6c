import type { Shard } from '../scoring/shard.ts';
import type { ReleaseOptions } from './options.ts';
import type { Release, ReleaseState } from './release.ts';

/** Somebody, or an event, asks for a release. */
export interface NewRelease {
  /** A reference: `name:version`, `name@alias`, or `name`, which is its latest version. */
  readonly model: string;
  readonly actor?: string;
  readonly why?: string;
  readonly trigger?: Release['trigger'];
  readonly allowBreaking?: boolean;
  /** Win over the configuration's, field by field. */
  readonly options?: ReleaseOptions;
  readonly carried?: Release['carried'];
}

/** One that was begun goes on. */
export interface GoOn {
  readonly release: string;
}

/** A manifest was written: what EventBridge tells of S3, as far as it is read. */
export interface RegisteredEvent {
  readonly 'detail-type': 'Object Created';
  readonly detail: { readonly bucket: { readonly name: string }; readonly object: { readonly key: string } };
}

/** The input of the workflow `release.asl.json`. */
export type ReleaseRequest = NewRelease | GoOn | RegisteredEvent;

/** What a state of the workflow asks of the function; `failure` is what Step Functions says of an error. */
export type TaskEvent =
  | { readonly task: 'open'; readonly execution: string; readonly input: ReleaseRequest }
  | { readonly task: 'score'; readonly release: string; readonly shard: Shard }
  | {
      readonly task:
        | 'verify'
        | 'plan evaluation'
        | 'reduce'
        | 'gates'
        | 'publish'
        | 'warm up'
        | 'shadow'
        | 'canary'
        | 'live'
        | 'record';
      readonly release: string;
    }
  | { readonly task: 'roll back'; readonly release: string; readonly input: RollBackInput };

/** Why it is rolled back: what the state before has answered, or what Step Functions says of its failure. */
export interface RollBackInput extends Partial<Pick<TaskAnswer, 'reason' | 'state'>> {
  readonly failure?: { readonly Error?: string; readonly Cause?: string };
}

/** Where the workflow goes next. */
export interface TaskAnswer {
  readonly release: string;
  /** The workflow's own names of what comes now; `wait`: it stands still until a person decides. */
  readonly next:
    | 'verify'
    | 'plan evaluation'
    | 'score'
    | 'reduce'
    | 'gates'
    | 'publish'
    | 'warm up'
    | 'shadow'
    | 'canary'
    | 'bake'
    | 'live'
    | 'record'
    | 'roll back'
    | 'wait'
    | 'end'
    | 'nothing';
  /** Of `score`. On a laptop the `bucket` is the URL of the store. */
  readonly list?: { readonly bucket: string; readonly key: string };
  readonly concurrency?: number;
  /** Of `bake`: whole seconds until it is looked at again. */
  readonly seconds?: number;
  /** Of `end`, and of `roll back`: what it comes to. */
  readonly state?: ReleaseState;
  /** Of `roll back` and `wait`: a sentence for people. */
  readonly reason?: string;
}
