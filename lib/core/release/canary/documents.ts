import { Latencies, type LatenciesJson } from '../../monitoring/latencies.ts';
import type { Observation, Observed } from '../observation.ts';
import type { GateResult, Verdict } from '../result.ts';

/** How a canary began: `canary.json` of a release. */
export interface CanaryDocument {
  /** ISO 8601. */
  readonly at: string;
  /** Without a champion, or without steps, there is nothing to compare: all traffic goes to the challenger at once. */
  readonly applicable: boolean;
  readonly reason: string;
  readonly steps: number;
  /** Alarms that were raised before the challenger had any traffic: they are not its doing. */
  readonly alarms: readonly string[];
}

/** A step has its traffic: `canary/<step>/began.json`. */
export interface StepBegan {
  /** ISO 8601: when the traffic had moved. Every look counts from here. */
  readonly at: string;
  /** Percent. */
  readonly weight: number;
  readonly bakeSeconds: number;
  /** How much longer it may go on. */
  readonly extensionSeconds: number;
  /** Requests of the challenger without which it is not judged. */
  readonly needed: number;
}

/** `Observed`, as a document holds it. */
export type ObservedJson = Omit<Observed, 'latencies'> & { readonly latencies: LatenciesJson };

/** Both sides. */
export interface ObservationJson {
  readonly champion: ObservedJson;
  readonly challenger: ObservedJson;
}

/** What was seen of a step so far: `canary/<step>/looks/<number>.json`. */
export interface LookDocument {
  /** From 1. */
  readonly number: number;
  /** ISO 8601: when it was looked. */
  readonly at: string;
  /** Since the step began: all that is counted came before. */
  readonly seconds: number;
  /** Chance of a false alarm that this look takes of the step's `alpha`. */
  readonly level: number;
  /** Whether a verdict was due: at the end, with enough requests. Else only harm counts. */
  readonly judged: boolean;
  readonly live: ObservationJson;
  /** Questions of ours that stood in for requests, all of the step's. @default - none were asked */
  readonly golden?: ObservationJson;
  readonly results: readonly GateResult[];
}

/** What a step has come to: `canary/<step>/ended.json`. */
export interface StepEnded {
  readonly at: string;
  readonly verdict: Verdict;
  /** A sentence for people. */
  readonly reason: string;
  /** Of the last look. */
  readonly looks: number;
  readonly seconds: number;
  readonly results: readonly GateResult[];
}

const toJson = (side: Observed): ObservedJson => ({ ...side, latencies: side.latencies.toJSON() });

const fromJson = (side: ObservedJson): Observed => ({ ...side, latencies: Latencies.from(side.latencies) });

/** As a document holds it. */
export const observationJson = ({ champion, challenger }: Observation): ObservationJson => ({
  champion: toJson(champion),
  challenger: toJson(challenger),
});

/** The inverse. Throws `latencies.invalid`. */
export const observationOf = ({ champion, challenger }: ObservationJson): Observation => ({
  champion: fromJson(champion),
  challenger: fromJson(challenger),
});
