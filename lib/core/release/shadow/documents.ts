import type { LatenciesJson } from '../../monitoring/latencies.ts';
import type { GateResult, Verdict } from '../result.ts';

/** Which recorded requests are asked: `shadow/plan.json` of a release. No payload stands in it. */
export interface ShadowPlan {
  readonly at: string;
  /** Of each request, in the order in which they came. */
  readonly digests: readonly string[];
}

/** One that stands for others, by its place among the chosen requests, from 0, and its time: what was asked is not told. */
export interface ShadowExample {
  readonly position: number;
  /** Of the recorded request: milliseconds since 1970. */
  readonly at: number;
  /** Of the request, from 0. */
  readonly row: number;
  /** What the champion said, and what the challenger says: a class, or a number. */
  readonly from: string;
  readonly to: string;
}

/** So many rows went from one class to another one. */
export interface Churn {
  readonly from: string;
  readonly to: string;
  readonly rows: number;
}

/** How far scores, or values, are apart. */
export interface Distance {
  readonly count: number;
  readonly sum: number;
  readonly most: number;
}

/** What came of some requests: plain, and what came of others adds to it. */
export interface ShadowTally {
  /** Requests that the challenger was asked. */
  readonly asked: number;
  /** Requests whose recorded answer says no prediction, and those that are recorded no more: not asked. */
  readonly skipped: number;
  readonly gone: number;
  /** Of `asked`: those that the challenger could not answer. */
  readonly errors: number;
  /** What the first of them were answered. */
  readonly failures: readonly { readonly position: number; readonly at: number; readonly reason: string }[];
  /** Rows that both have answered. */
  readonly rows: number;
  /** Rows of each class, and where they went; the diagonal too. Empty of a regression. */
  readonly churn: readonly Churn[];
  readonly disagreed: number;
  readonly distance: Distance;
  /** Of the champion as recorded, of the challenger as asked. */
  readonly champion: LatenciesJson;
  readonly challenger: LatenciesJson;
  readonly examples: readonly ShadowExample[];
}

/** The requests from `from` up to, and without, `to`: `shadow/chunks/<number>.json`. */
export interface ShadowChunk {
  readonly from: number;
  readonly to: number;
  readonly tally: ShadowTally;
}

/** Milliseconds; null of no requests. */
export interface Quantiles {
  readonly requests: number;
  readonly p50: number | null;
  readonly p90: number | null;
  readonly p99: number | null;
}

/** The report of what a replay has come to: `shadow.json` of a release. */
export interface ShadowDocument {
  readonly format: 1;
  readonly at: string;
  readonly verdict: Verdict;
  /** A sentence for people. */
  readonly reason: string;
  readonly results: readonly GateResult[];
  /** @default - nothing was asked */
  readonly report?: ShadowReport;
}

export interface ShadowReport extends Pick<
  ShadowTally,
  'asked' | 'skipped' | 'gone' | 'errors' | 'failures' | 'rows' | 'disagreed' | 'churn' | 'examples'
> {
  /** Requests that were to be asked. */
  readonly wanted: number;
  readonly task: 'classification' | 'regression';
  /** Of the rows, with its score interval. */
  readonly disagreement: { readonly rate: number; readonly low: number; readonly high: number };
  /** Of each class, by the champion: the share of its rows that the challenger puts elsewhere. */
  readonly classes: readonly { readonly class: string; readonly rows: number; readonly changed: number }[];
  /** Of scores of a class, or of the values of a regression; null of none. */
  readonly distance: { readonly most: number | null; readonly mean: number | null };
  readonly latency: { readonly champion: Quantiles; readonly challenger: Quantiles };
}
