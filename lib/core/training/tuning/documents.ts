import type { EndDocument } from '../documents.ts';
import { documentKey, trainingPrefix } from '../keys.ts';
import type { Curve } from './curve.ts';
import type { Hyperparameters } from './space.ts';

/** What a trial is to be. */
export interface PlannedTrial {
  /** From 1, over all rounds. */
  readonly trial: number;
  /** From 0. */
  readonly round: number;
  /** What it tries, and how much it gets; the others are as they were asked for. */
  readonly hyperparameters: Hyperparameters;
  /** The trial of the round before that tried the same with less. @default - it is of the first round */
  readonly of?: number;
}

/** That a trial is begun, and with what: written first, then its training is. */
export interface TrialPlan extends PlannedTrial {
  /** What is left of the limits of the tuning; a duration. */
  readonly timeLimit: string;
  /** USD. @default - there is none */
  readonly budget?: number;
}

/** What came of a trial. */
export interface TrialOutcome {
  readonly trial: number;
  readonly state: 'trained' | 'failed' | 'stopped';
  /** Of one that was stopped, the last that it reported. @default - it has none */
  readonly objective?: number;
  /** @default - it did not report it while it was trained */
  readonly curve?: Curve;
  /** Of its trainer, over all hosts. */
  readonly seconds: number;
  /** USD. @default - it cost nothing */
  readonly dollars?: number;
  /** Why it has failed, or was stopped. */
  readonly reason?: string;
  /** The stable code of an error. */
  readonly code?: string;
}

/** How the search has ended: with a winner that is yet to be checked and registered, or without. */
export interface Decision {
  readonly at: string;
  /** @default - there is none */
  readonly winner?: number;
  /** @default - a winner decides it */
  readonly state?: Exclude<EndDocument['state'], 'registered'>;
  /** A sentence for people. */
  readonly reason: string;
  readonly code?: string;
}

export const planKey = (tuning: string, trial: number): string => documentKey(tuning, `begun/${trial}`);

export const outcomeKey = (tuning: string, trial: number): string => documentKey(tuning, `trials/${trial}`);

export const decisionKey = (tuning: string): string => documentKey(tuning, 'decision');

const NUMBERED = /^(begun|trials)\/([1-9]\d{0,5})\.json$/;

/** What a key below a tuning's prefix is of, where that is one trial. */
export function parseNumbered(
  tuning: string,
  key: string,
): { readonly of: 'begun' | 'trials'; readonly trial: number } | undefined {
  const [, of, trial] = NUMBERED.exec(key.slice(trainingPrefix(tuning).length)) ?? [];
  return of === undefined ? undefined : { of: of as 'begun' | 'trials', trial: Number(trial) };
}
