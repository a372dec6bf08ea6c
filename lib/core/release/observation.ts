import type { Latencies } from '../monitoring/latencies.ts';

/** What one side of a split has answered. */
export interface Observed {
  readonly requests: number;
  /** Requests that failed by our doing: 5xx, 429, runs that the runtime refused, and calls that ended without an answer. */
  readonly errors: number;
  /** Requests that were refused for what the client sent: other 4xx. */
  readonly refused: number;
  /** Of the requests that were answered, and had no model to wait for; of those that still wait, how long they do. */
  readonly latencies: Latencies;
  /** Requests that waited for the model to be loaded. */
  readonly coldStarts: number;
  /** Answers whose truth came back, and how many of them were right. */
  readonly labelled: number;
  readonly correct: number;
}

/** Both sides over the same minutes. */
export interface Observation {
  readonly champion: Observed;
  readonly challenger: Observed;
}
