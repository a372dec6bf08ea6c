import type { TrainingOptions } from './options.ts';
import type { Training, TrainingState } from './training.ts';

/** Somebody, or an event, asks for a training. */
export interface NewTraining {
  readonly model: string;
  /** @default 'train' */
  readonly kind?: 'train' | 'optimize' | 'tune';
  /** Of `optimize`. */
  readonly version?: number;
  readonly actor?: string;
  readonly why?: string;
  readonly trigger?: Training['trigger'];
  /** Of monitoring: for the same one nothing is begun again. */
  readonly action?: string;
  /** Win over the configuration's, field by field; hyperparameters and channels one by one. */
  readonly options?: TrainingOptions;
}

/** One that was begun goes on. */
export interface GoOn {
  readonly training: string;
}

/** The input of the workflow `training.asl.json`. */
export type TrainingRequest = NewTraining | GoOn;

/** What a state of the workflow asks of the function; `failure` is what Step Functions says of an error. */
export type TaskEvent =
  | { readonly task: 'open'; readonly execution: string; readonly input: TrainingRequest }
  | { readonly task: 'submit' | 'look' | 'check' | 'register' | 'release'; readonly training: string }
  | { readonly task: 'end'; readonly training: string; readonly input: EndInput };

/** Why it ends: what the state before has answered, or what Step Functions says of its failure. */
export interface EndInput extends Partial<Pick<TaskAnswer, 'reason' | 'state'>> {
  readonly failure?: { readonly Error?: string; readonly Cause?: string };
}

/** Where the workflow goes next. */
export interface TaskAnswer {
  readonly training: string;
  /** The workflow's own names of what comes now. */
  readonly next: 'submit' | 'wait' | 'check' | 'register' | 'release' | 'end' | 'ended' | 'nothing';
  /** Of `wait`: whole seconds until it is looked at again. */
  readonly seconds?: number;
  /** Of `end` and `ended`: what it comes to. */
  readonly state?: TrainingState;
  /** Of `end`: a sentence for people. */
  readonly reason?: string;
}
