import type { TaskFunction } from './machine.ts';

/** Tasks that are being done, on behalf of one execution. */
export class UnderWay {
  readonly #signal: AbortSignal;
  readonly #running = new Set<Promise<unknown>>();

  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  /** The same function, which is not begun any more once the execution has ended. What returns nothing returns null. */
  tracked(run: TaskFunction): TaskFunction {
    return async (input) => {
      if (this.#signal.aborted) throw new Ended();
      const running = run(input);
      this.#running.add(running);
      try {
        return (await running) ?? null;
      } finally {
        this.#running.delete(running);
      }
    };
  }

  async settled(): Promise<void> {
    while (this.#running.size > 0) await Promise.allSettled(this.#running);
  }
}

/** No `Retry` and no `Catch` is to go on with an execution that has ended. */
class Ended extends Error {
  readonly isRetryable = false;
  readonly isCatchable = false;
  override readonly name = 'Onnward.Ended';
}
