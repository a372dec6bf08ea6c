import type { Clock, ObjectStore } from '#core/ports.ts';
import type { Progress } from '#core/training/documents.ts';
import { progressKey } from '#core/training/keys.ts';

export interface ProgressWriterOptions {
  readonly store: ObjectStore;
  readonly training: string;
  /** Milliseconds between two writes in its first minutes, at least; more later. */
  readonly everyMs: number;
  readonly clock: Clock;
}

/** It is written so often also when nothing has changed: whoever looks sees that somebody is there, ms. */
const HEARTBEAT_MS = 60_000;

/** Who has waited for an hour does not look every second: between two writes is a share of the age, up to so much, ms. */
const SHARE_OF_AGE = 120;
const LONGEST_MS = 15_000;

type Said = Omit<Progress, 'at'>;

/** Writes `progress.json`, of which nothing depends: what cannot be written is left, and the next one tried. */
export class ProgressWriter {
  readonly #options: ProgressWriterOptions;
  #written = '';
  #writtenAt = Number.NEGATIVE_INFINITY;
  #writing: Promise<void> | undefined;
  #begunAt: number | undefined;

  constructor(options: ProgressWriterOptions) {
    this.#options = options;
  }

  /** Writes it if it is time to, and waits for nothing. That time goes by is nothing new. */
  offer(progress: () => Said): void {
    const { clock, everyMs } = this.#options;
    this.#begunAt ??= clock();
    const least = Math.min(LONGEST_MS, (clock() - this.#begunAt) / SHARE_OF_AGE);
    const age = clock() - this.#writtenAt;
    if (this.#writing || age < Math.max(everyMs, least)) return;
    const { seconds, ...said } = progress();
    const text = JSON.stringify(said);
    if (text !== this.#written || age >= HEARTBEAT_MS) this.#writing = this.#write(text, seconds);
  }

  /** Writes it now, once what is under way is written. */
  async close({ seconds, ...said }: Said): Promise<void> {
    await this.#writing;
    await this.#write(JSON.stringify(said), seconds);
  }

  async #write(text: string, seconds: number | undefined): Promise<void> {
    const { store, training, clock } = this.#options;
    const now = clock();
    this.#written = text;
    this.#writtenAt = now;
    const whole = { at: new Date(now).toISOString(), ...(JSON.parse(text) as object), seconds };
    await store.put(progressKey(training), Buffer.from(JSON.stringify(whole))).catch(() => undefined);
    this.#writing = undefined;
  }
}
