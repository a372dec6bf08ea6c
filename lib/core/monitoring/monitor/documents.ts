import type { DriftVerdict } from '../drift/verdict.ts';
import type { ActionKind } from '../watch-options.ts';
import type { MetricValues } from '../../evaluation/metrics-of.ts';

/** A metric of live answers whose truth came back. */
export interface QualityFigure {
  readonly metric: string;
  readonly value: number | null;
  /** Bounds of 95 %. @default - they cannot be had */
  readonly low?: number;
  readonly high?: number;
}

/** Of one version, in one stretch of time. */
export interface QualityOfVersion {
  readonly version: number;
  readonly labelled: number;
  /** Answers with their truth that it takes to say something. @default - nobody has said it */
  readonly minimum?: number;
  readonly metrics: MetricValues;
  readonly figures: readonly QualityFigure[];
}

/** What was found out of a window, once its rows are all there: create-only. */
export interface WindowDocument {
  readonly format: 1;
  readonly model: string;
  readonly window: string;
  /** ISO 8601, UTC. */
  readonly from: string;
  readonly to: string;
  readonly at: string;
  /** The version that was live at its end. @default - none */
  readonly version?: number;
  /** Captured requests, and how many could not be read. */
  readonly captured: number;
  readonly unreadable: number;
  /** Of the live version. @default - it is not looked at, or has no baseline: `why` says */
  readonly drift?: DriftVerdict;
  readonly why?: string;
  /** The stretch that `drift` is of, and its profile. @default - the window */
  readonly span?: string;
  readonly quality: readonly QualityOfVersion[];
  /** By slice, then by metric. @default - no slices */
  readonly bias?: readonly {
    readonly slice: string;
    readonly value: string;
    readonly rows: number;
    readonly metrics: MetricValues;
  }[];
}

/** What an alarm is about. */
export type Watched = 'accuracy' | 'quality' | 'drift';

/** An action, and why it was begun. */
export interface ActionRequest {
  readonly format: 1;
  readonly action: string;
  readonly model: string;
  readonly kind: ActionKind;
  readonly about: Watched;
  /** The alarm's name, or the window's id. */
  readonly cause: string;
  readonly reason: string;
  readonly at: string;
  /** The version that was live. */
  readonly version: number;
  /** What was wanted and is not done, and why: a cooldown, a retrain that has not helped. @default - it is done */
  readonly instead?: { readonly kind: ActionKind; readonly why: string };
  /** Names the very telling that it was begun for: what is told twice is done once. */
  readonly told: string;
}

/** What a person says of an action that waits: create-only, the first one stands. */
export interface ActionDecision {
  readonly decision: 'approve' | 'reject';
  readonly actor: string;
  readonly reason: string;
  readonly at: string;
}

/** What came of an action. */
export interface ActionEnd {
  readonly state: 'done' | 'failed' | 'rejected' | 'expired';
  readonly at: string;
  readonly message: string;
  /** Its id; in AWS the name of the execution that opens it. @default - none was begun */
  readonly training?: string;
  /** The version that is live by it. @default - it was no roll back */
  readonly version?: number;
}

/** How an alarm stands: written over, by compare-and-swap. */
export interface AlarmRecord {
  readonly format: 1;
  readonly state: 'OK' | 'ALARM';
  /** When it came to that, ISO 8601. */
  readonly at: string;
  /** When it was OK last; so it is said to be before anybody told of it. */
  readonly okAt: string;
  /** Names the telling. */
  readonly told: string;
  readonly cause: string;
  readonly reason: string;
  /** Whether what is to be done about it was begun. */
  readonly acted: boolean;
}
