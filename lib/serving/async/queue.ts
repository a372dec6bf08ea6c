import { setTimeout as sleep } from 'node:timers/promises';
import { ATTEMPTS, bodyKey, type RequestName } from '#core/batch/requests.ts';

export interface QueueOptions {
  /** Answers one stored request; what it throws may pass. */
  readonly answer: (name: RequestName) => Promise<void>;
  /** Told of a request that could not even be given a failure for an answer. */
  readonly onFailure: (name: RequestName, error: unknown) => void;
  /** Milliseconds before the second attempt, doubled before each further one. @default 1000 */
  readonly retryMs?: number;
}

/** Answers requests in the background, one after another. What it has not begun when it closes stays for whoever starts next. */
export class RequestQueue {
  readonly #options: QueueOptions;
  /** By key, in the order in which they came. */
  readonly #waiting = new Map<string, RequestName>();
  readonly #closing = new AbortController();
  #working: Promise<void> | undefined;

  constructor(options: QueueOptions) {
    this.#options = options;
  }

  /** A request that waits already waits once. */
  add(name: RequestName): void {
    if (this.#closing.signal.aborted) return;
    const key = bodyKey(name);
    if (!this.#waiting.has(key)) this.#waiting.set(key, name);
    this.#working ??= this.#work();
  }

  /** Ends with the attempt that is under way. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#working;
  }

  async #work(): Promise<void> {
    for (const [key, name] of this.#waiting) {
      if (this.#closing.signal.aborted) return;
      await this.#answer(name);
      this.#waiting.delete(key);
    }
    // In the same turn as the last look: what comes from now on begins anew.
    this.#working = undefined;
  }

  async #answer(name: RequestName): Promise<void> {
    const { answer, onFailure, retryMs = 1000 } = this.#options;
    for (let attempt = 0; ; attempt++) {
      try {
        return await answer(name);
      } catch (error) {
        if (attempt === ATTEMPTS) return onFailure(name, error);
        await sleep(retryMs * 2 ** attempt, undefined, this.#closing).catch(() => undefined);
        if (this.#closing.signal.aborted) return undefined;
      }
    }
  }
}
