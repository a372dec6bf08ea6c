import type { ModelStatistics } from '#core/ports.ts';

interface Tally {
  count: number;
  ns: number;
}

const NANOSECONDS_A_MILLISECOND = 1e6;

const add = (tally: Tally, ms: number, count = 1): void => {
  tally.count += count;
  tally.ns += ms * NANOSECONDS_A_MILLISECOND;
};

/** Counts what one loaded model does; times come in as milliseconds and are kept as nanoseconds, as Triton reports them. */
export class StatisticsRecorder implements ModelStatistics {
  lastInferenceMs = 0;
  inferenceCount = 0;
  executionCount = 0;
  readonly success: Tally = { count: 0, ns: 0 };
  readonly fail: Tally = { count: 0, ns: 0 };
  readonly queue: Tally = { count: 0, ns: 0 };
  readonly computeInfer: Tally = { count: 0, ns: 0 };
  readonly #batches = new Map<number, { size: number; count: number; ns: number }>();

  get batches(): readonly { size: number; count: number; ns: number }[] {
    return this.#batches.values().toArray();
  }

  /** One call of the runtime that answered `requests` requests with `rows` rows. */
  executed(requests: number, rows: number, ms: number): void {
    this.executionCount++;
    this.inferenceCount += rows;
    add(this.computeInfer, ms * requests, requests);
    const batch = this.#batches.get(requests) ?? { size: requests, count: 0, ns: 0 };
    add(batch, ms);
    this.#batches.set(requests, batch);
  }

  succeeded(queuedMs: number, totalMs: number): void {
    this.lastInferenceMs = Date.now();
    add(this.queue, queuedMs);
    add(this.success, totalMs);
  }

  failed(totalMs: number): void {
    add(this.fail, totalMs);
  }
}
