import type { ReleaseOptions } from './options.ts';

/** One run of the state machine, as it was asked for: all that holds for its whole life. */
export interface Release {
  readonly format: 1;
  readonly release: string;
  /** Of the workflow that has begun it. */
  readonly execution: string;
  readonly model: string;
  /** The challenger. */
  readonly version: number;
  /** SHA-256 of its manifest. */
  readonly manifest: string;
  /** The version that was live then. @default - none was */
  readonly champion?: number;
  /** Merged. */
  readonly options: ReleaseOptions;
  /** Inputs and outputs may be others than those of the champion. */
  readonly allowBreaking: boolean;
  /** `command`: somebody asked. `registered`, `deployed`: a new version, new code. */
  readonly trigger: 'command' | 'registered' | 'deployed';
  readonly actor: string;
  readonly why?: string;
  /** ISO 8601. */
  readonly at: string;
  /** What another store's release says of the same bytes: kept, never relied on. @default - it was not copied */
  readonly carried?: Readonly<Record<string, unknown>>;
}

/** `waiting`: for a person, with nothing sent to the challenger. All behind it are ends. */
export type ReleaseState = 'open' | 'waiting' | 'live' | 'rejected' | 'rolled back' | 'aborted' | 'failed' | 'expired';

/** A release stands still until a person decides, or time is up. */
export interface Wait {
  /** From 1. */
  readonly number: number;
  /** The state that it goes on from: `gates`, `shadow`, `canary-0`. */
  readonly of: string;
  /** `approval`: all passed. `hold`: evidence is missing. */
  readonly kind: 'approval' | 'hold';
  readonly reason: string;
  /** ISO 8601. */
  readonly at: string;
  readonly expires: string;
}

/** A person's answer to a wait. */
export interface Decision {
  /** Of the wait. */
  readonly number: number;
  readonly decision: 'approve' | 'reject';
  readonly actor: string;
  readonly reason: string;
  readonly at: string;
}

/** `is live`, `has failed`: behind the name of a version. */
export const inWords = (state: ReleaseState): string =>
  state === 'failed' || state === 'expired' ? `has ${state}` : `is ${state}`;
