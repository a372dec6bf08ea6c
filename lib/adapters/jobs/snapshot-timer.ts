import type { Checkpoints } from './checkpoints.ts';

export interface SnapshotTimerOptions {
  readonly checkpoints: Checkpoints;
  /** Milliseconds between the end of a snapshot and the next one. */
  readonly everyMs: number;
  /** Milliseconds for which a store is asked again that does not answer: there will be another one. */
  readonly patienceMs: number;
  /** Hears the time of a new snapshot, ISO 8601. */
  readonly onSnapshot: (at: string) => void;
  /** Hears why there is none; the training goes on. */
  readonly onTrouble: (message: string) => void;
}

/** Takes snapshots beside whatever else is done, one at a time. */
export class SnapshotTimer {
  readonly #options: SnapshotTimerOptions;
  #endedAt = performance.now();
  #taking: Promise<void> | undefined;

  constructor(options: SnapshotTimerOptions) {
    this.#options = options;
  }

  /** Begins one where it is time to. */
  tick(): void {
    if (this.#taking || performance.now() - this.#endedAt < this.#options.everyMs) return;
    this.#taking = this.#take();
  }

  /** Takes one now, of what is there once the one under way has ended. */
  async now(): Promise<void> {
    await this.#taking;
    await this.#take();
  }

  async #take(): Promise<void> {
    const { checkpoints, patienceMs, onSnapshot, onTrouble } = this.#options;
    try {
      const at = await checkpoints.snapshot({ ms: patienceMs });
      if (at !== undefined) onSnapshot(at);
    } catch (error) {
      onTrouble(`The checkpoints do not get to the store: ${(error as Error).message}`);
    } finally {
      this.#endedAt = performance.now();
      this.#taking = undefined;
    }
  }
}
