import type { Observation } from '../observation.ts';
import type { JudgeSettings } from './settings.ts';

/** What is judged: both sides over the same time. */
export interface CanaryEvidence {
  readonly live: Observation;
  /** Questions of ours that stood in for requests. @default - none did */
  readonly golden?: Observation;
  /** Of the traffic: differences of latency below it are no version's doing. */
  readonly resolutionMs: number;
  /** Alarms that were raised since the canary began. */
  readonly raised: readonly string[];
}

/** What a rule of the canary stands on. */
export interface Judging extends CanaryEvidence {
  readonly settings: JudgeSettings;
  /** Chance that one rule may be wrong at this look when it says harm. */
  readonly level: number;
}

/** In front of whatever golden questions had a part in. */
export const withGolden = (sentence: string, golden: Observation | undefined): string =>
  golden ? `With ${golden.challenger.requests} golden questions in place of requests: ${sentence}` : sentence;
