import type { ActionStatus } from '../act/actions.ts';
import type { BaselineProfile } from '../baseline/write-baseline.ts';
import type { WindowDocument } from '../monitor/documents.ts';
import type { Distribution } from './distributions.ts';
import type { Explained } from './decomposition.ts';

/** Everything that a report says. */
export interface Report {
  readonly model: string;
  /** When it was made, ISO 8601. */
  readonly at: string;
  /** That it is about. */
  readonly document: WindowDocument;
  /** The windows up to it, oldest first, it too. */
  readonly documents: readonly WindowDocument[];
  /** What live rows are compared with. @default - the version has none */
  readonly baseline?: BaselineProfile;
  /** By `featureKey`. */
  readonly distributions: ReadonlyMap<string, Distribution>;
  /** By `featureKey`, the window. */
  readonly since: ReadonlyMap<string, string>;
  /** @default - too few truths are known */
  readonly explained?: ExplainedDrop;
  /** The latest first. */
  readonly actions: readonly ActionStatus[];
  /** The metric that is watched, and where its alarm goes off. @default - none is */
  readonly watched?: { readonly metric: string; readonly threshold?: number | undefined };
  /** What was left out, and why, sentences. */
  readonly notes: readonly string[];
}

/** What became of the answers since rows have drifted. */
export interface ExplainedDrop {
  /** What is taken apart: of classes the accuracy, of values their mean absolute error. */
  readonly metric: 'accuracy' | 'mean absolute error';
  /** Rows whose truth is known, before and since. */
  readonly rows: readonly [number, number];
  readonly values: readonly [number, number];
  /** From which windows on. */
  readonly since: string;
  /** Those first that explain most. */
  readonly features: readonly Explained[];
}
