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

/**
 * Answers requests in the background, one after another; one that is to be tried again lets the others go first meanwhile.
 * What it has not begun when it closes stays for whoever starts next.
 */
export class RequestQueue {
  readonly #options: QueueOptions;
  /** By key, in the order in which they came, until they are answered or given up. */
  readonly #open = new Set<string>();
  readonly #ready: Attempt[] = [];
  readonly #closing = new AbortController();
  #working: Promise<void> | undefined;

  constructor(options: QueueOptions) {
    this.#options = options;
  }

  /** A request that waits already waits once. */
  add(name: RequestName): void {
    const key = bodyKey(name);
    if (this.#closing.signal.aborted || this.#open.has(key)) return;
    this.#open.add(key);
    this.#enqueue({ name, attempt: 0 });
  }

  /** Ends with the attempt that is under way. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#working;
  }

  #enqueue(next: Attempt): void {
    this.#ready.push(next);
    this.#working ??= this.#work();
  }

  async #work(): Promise<void> {
    for (let next = this.#ready.shift(); next; next = this.#ready.shift()) {
      if (this.#closing.signal.aborted) return;
      await this.#answer(next);
    }
    // In the same turn as the last look: what comes from now on begins anew.
    this.#working = undefined;
  }

  async #answer({ name, attempt }: Attempt): Promise<void> {
    try {
      await this.#options.answer(name);
    } catch (error) {
      if (attempt < ATTEMPTS) return void this.#later({ name, attempt: attempt + 1 });
      this.#giveUp(name, error);
    }
    this.#open.delete(bodyKey(name));
  }

  async #later(next: Attempt): Promise<void> {
    const { retryMs = 1000 } = this.#options;
    await sleep(retryMs * 2 ** (next.attempt - 1), undefined, this.#closing).catch(() => undefined);
    if (!this.#closing.signal.aborted) this.#enqueue(next);
  }

  /** Whoever is told may fail at it: the others are answered all the same. */
  #giveUp(name: RequestName, error: unknown): void {
    try {
      this.#options.onFailure(name, error);
    } catch (thrown) {
      process.emitWarning(`A request that failed could not be told of: ${String(thrown)}`);
    }
  }
}

interface Attempt {
  readonly name: RequestName;
  /** From 0. */
  readonly attempt: number;
}
