import type { EndInput, GoOn, NewTraining } from '../events.ts';
import type { TrainingState } from '../training.ts';

/** The input of the workflow `tuning.asl.json`. */
export type TuneRequest = Omit<NewTraining, 'kind' | 'version'> | GoOn;

/** What a state of the workflow asks of the function. */
export type TuneEvent =
  | { readonly task: 'tune open'; readonly execution: string; readonly input: TuneRequest }
  | { readonly task: 'tune step' | 'tune check' | 'tune register' | 'tune release'; readonly training: string }
  /** No state, but a person's Ctrl-C. */
  | { readonly task: 'tune pause'; readonly training: string }
  | { readonly task: 'tune end'; readonly training: string; readonly input: TuneEnd };

/** Why it ends. */
export interface TuneEnd extends EndInput {
  /** The stable code of an error. */
  readonly code?: string;
}

/** Where the workflow goes next. */
export interface TuneAnswer {
  /** The tuning. */
  readonly training: string;
  /** The workflow's own names of what comes now. */
  readonly next: 'step' | 'wait' | 'check' | 'register' | 'release' | 'end' | 'ended' | 'nothing';
  /** Of `wait`: whole seconds until it is looked at again. */
  readonly seconds?: number;
  /** Of `end` and `ended`: what it comes to. */
  readonly state?: TrainingState;
  /** Of `end`: a sentence for people. */
  readonly reason?: string;
  readonly code?: string;
}
