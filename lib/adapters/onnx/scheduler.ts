import { OnnwardError } from '#core/errors.ts';
import type { Tensor } from '#core/model/tensor.ts';
import { rowsOf, sameRowShape, splitOutputs, totalRows } from './batch.ts';
import type { Executor } from './executor.ts';
import { closing, expired, overloaded, runFailed, type PendingRequest } from './requests.ts';
import type { StatisticsRecorder } from './statistics.ts';

/** Requests that one run may answer; beyond it a run only gets longer, not cheaper a row (measured for small and large nets). */
export const MAX_BATCH = 16;

/** How often waiting requests are checked against their deadlines, ms. */
const SWEEP_MS = 20;

export interface SchedulerLimits {
  readonly maxQueue: number;
  readonly maxConcurrency: number;
  readonly deadlineMs: number;
  /** Whether the first dimension of every input counts rows. */
  readonly rows: boolean;
}

/**
 * The queue before a model. It never waits for more: at each turn of the event loop what has arrived is shared out among
 * the executors that are free, so that a lone request starts at once and a crowd shares its runs.
 */
export class Scheduler {
  readonly #executor: Executor;
  readonly #limits: SchedulerLimits;
  readonly #statistics: StatisticsRecorder;
  readonly #waiting: PendingRequest[] = [];
  /**
   * Batches that workers compute. An array, as a Set that is filled and emptied for every request leaves tables behind
   * that keep each other's requests alive through many collections: 10 ms pauses (V8's scavenger, measured).
   */
  readonly #running: (readonly PendingRequest[])[] = [];
  #awake = false;
  #sweeper: NodeJS.Timeout | undefined;
  #drained: (() => void) | undefined;
  #closed = false;

  constructor(executor: Executor, limits: SchedulerLimits, statistics: StatisticsRecorder) {
    this.#executor = executor;
    this.#limits = limits;
    this.#statistics = statistics;
    executor.onFree = () => this.#wake();
  }

  infer(inputs: readonly Tensor[], deadlineMs = this.#limits.deadlineMs): Promise<readonly Tensor[]> {
    if (this.#closed) return Promise.reject(closing());
    if (this.#waiting.length >= this.#limits.maxQueue) return Promise.reject(overloaded(this.#limits.maxQueue));
    return new Promise((resolve, reject) => {
      const arrived = performance.now();
      const expires = arrived + Math.min(deadlineMs, this.#limits.deadlineMs);
      const rows = this.#limits.rows ? rowsOf(inputs) : 1;
      const shares = this.#executor.shares && rows > 0;
      this.#waiting.push({ inputs, rows, shares, arrived, expires, started: 0, settled: false, resolve, reject });
      this.#arrived();
    });
  }

  /** Resolves when every accepted request has been answered; later ones are refused. */
  async close(): Promise<void> {
    this.#closed = true;
    if (this.#accepted() > 0) {
      await new Promise<void>((resolve) => {
        this.#drained = resolve;
      });
    }
    clearInterval(this.#sweeper);
  }

  #arrived(): void {
    // A full batch in the loop's own executor starts at once: a thousand sockets in one turn make no long queue.
    if (this.#executor.blocking && this.#waiting.length >= MAX_BATCH) this.#runBatch(MAX_BATCH);
    else this.#wake();
  }

  #wake(): void {
    if (this.#awake) return;
    this.#awake = true;
    setImmediate(this.#drain);
  }

  readonly #drain = (): void => {
    this.#awake = false;
    if (this.#executor.blocking) {
      if (this.#waiting.length > 0) this.#runBatch(MAX_BATCH);
      if (this.#waiting.length > 0) this.#wake();
      return;
    }
    const share = this.#share();
    for (let free = this.#executor.free; free > 0 && this.#room() > 0 && this.#waiting.length > 0; free--) {
      this.#runBatch(Math.min(share, this.#room()));
    }
    if (!this.#sweeper && this.#accepted() > 0) this.#watchDeadlines();
  };

  /**
   * The accepted requests in as many parts as there are workers, and one more: that part waits, read and ready, for the
   * next run that ends. Workers that took all there is would idle until their callers have heard the answers and sent
   * their next requests.
   */
  #share(): number {
    return Math.min(MAX_BATCH, Math.ceil(this.#accepted() / (this.#executor.size + 1)));
  }

  #accepted(): number {
    return this.#waiting.length + this.#computing();
  }

  #computing(): number {
    return this.#running.reduce((sum, batch) => sum + batch.length, 0);
  }

  #room(): number {
    return this.#limits.maxConcurrency - this.#computing();
  }

  /** The longest run of equal shapes at the head of the queue, up to `limit`; arrival order is kept. */
  #takeBatch(limit: number): PendingRequest[] {
    const head = this.#waiting[0] as PendingRequest;
    let count = 1;
    while (head.shares && count < limit && count < this.#waiting.length) {
      const next = this.#waiting[count] as PendingRequest;
      if (!next.shares || !sameRowShape(head.inputs, next.inputs)) break;
      count++;
    }
    return this.#waiting.splice(0, count);
  }

  #runBatch(limit: number): void {
    const started = performance.now();
    const batch = this.#takeBatch(limit).filter((request) => this.#stillWanted(request, started));
    if (batch.length > 0) this.#run(batch, started);
    this.#checkDrained();
  }

  #stillWanted(request: PendingRequest, now: number): boolean {
    if (!request.settled && now >= request.expires) this.#fail(request, expired(request));
    return !request.settled;
  }

  #run(batch: readonly PendingRequest[], started: number): void {
    for (const request of batch) request.started = started;
    try {
      const outputs = this.#executor.run(batch.map(({ inputs }) => inputs));
      if (outputs instanceof Promise) void this.#await(batch, outputs, started);
      else this.#answer(batch, outputs, started);
    } catch (error) {
      this.#refuse(batch, error);
    }
  }

  async #await(batch: readonly PendingRequest[], run: Promise<readonly Tensor[]>, started: number): Promise<void> {
    this.#running.push(batch);
    const result = await run.then(
      (outputs) => ({ outputs }),
      (error: unknown) => ({ error }),
    );
    this.#running.splice(this.#running.indexOf(batch), 1);
    if ('outputs' in result) this.#answer(batch, result.outputs, started);
    else this.#refuse(batch, result.error);
    this.#checkDrained();
    this.#wake();
  }

  #answer(batch: readonly PendingRequest[], outputs: readonly Tensor[], started: number): void {
    const now = performance.now();
    const parts = splitOutputs(batch, outputs);
    if (!parts) return this.#refuse(batch, new Error('the outputs of a shared run have other rows than its inputs'));
    this.#statistics.executed(batch.length, totalRows(batch), now - started);
    for (let i = 0; i < batch.length; i++) this.#succeed(batch[i] as PendingRequest, parts[i] as Tensor[], now);
  }

  /** One bad request must not fail its neighbours: a refused batch is run again one by one. */
  #refuse(batch: readonly PendingRequest[], error: unknown): void {
    if (batch.length === 1) return this.#fail(batch[0] as PendingRequest, error);
    for (const request of batch) if (!request.settled) this.#retry(request);
  }

  #retry(request: PendingRequest): void {
    this.#waiting.unshift({ ...request, shares: false });
    this.#wake();
  }

  #succeed(request: PendingRequest, outputs: readonly Tensor[], now: number): void {
    if (request.settled) return;
    request.settled = true;
    this.#statistics.succeeded(request.started - request.arrived, now - request.arrived);
    request.resolve(outputs);
  }

  #fail(request: PendingRequest, error: unknown): void {
    if (request.settled) return;
    request.settled = true;
    this.#statistics.failed(performance.now() - request.arrived);
    request.reject(error instanceof OnnwardError ? error : runFailed(error));
  }

  #checkDrained(): void {
    if (this.#closed && this.#accepted() === 0) this.#drained?.();
  }

  /** While a worker computes, a request whose time is over is answered; its result, when it comes, is dropped. */
  #watchDeadlines(): void {
    this.#sweeper = setInterval(() => {
      const now = performance.now();
      for (const request of this.#running.flat()) this.#stillWanted(request, now);
      const wanted = this.#waiting.filter((request) => this.#stillWanted(request, now));
      this.#waiting.splice(0, Infinity, ...wanted);
      this.#checkDrained();
      if (this.#accepted() > 0) return;
      clearInterval(this.#sweeper);
      this.#sweeper = undefined;
    }, SWEEP_MS);
  }
}
