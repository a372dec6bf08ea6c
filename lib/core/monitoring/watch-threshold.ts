import type { WatchOptions } from './watch-options.ts';

/** What live answers are held to: a metric, and one bound of it. */
export interface WatchThreshold {
  readonly metric: string;
  /** @default - `above` says */
  readonly below?: number;
  /** @default - `below` says */
  readonly above?: number;
}

/** The environment of an inference function whose answers are held to something: a `WatchThreshold`, as JSON. */
export const WATCH_THRESHOLD = 'ONNWARD_WATCH';

/** Undefined where neither accuracy nor another metric is looked at. */
export function thresholdOf({ accuracy, quality }: WatchOptions): WatchThreshold | undefined {
  if (accuracy) return { metric: 'accuracy', below: accuracy.below };
  if (!quality) return undefined;
  const { metric, below, above } = quality;
  return { metric, ...(below !== undefined && { below }), ...(above !== undefined && { above }) };
}
