import type { LogLine } from '#core/training/agent/lines.ts';
import type { TrainerProcess, TrainerStatus } from './trainer-process.ts';

/** Whom a watch tells of what it sees. */
export interface WatchReport {
  printed(lines: readonly LogLine[]): void;
  say(message: string): void;
}

/** Follows a trainer: how it stands, what it prints, for how long it has run. Nothing that it asks makes it throw. */
export class TrainerWatch {
  #status: TrainerStatus = { state: 'waiting' };
  readonly #trainer: TrainerProcess;
  readonly #report: WatchReport;
  #begunAt: number | undefined;
  #endedAt: number | undefined;

  constructor(trainer: TrainerProcess, report: WatchReport) {
    this.#trainer = trainer;
    this.#report = report;
  }

  /** As it stood when it was asked last. */
  get status(): TrainerStatus {
    return this.#status;
  }

  /** Seconds that it has run. */
  get seconds(): number {
    if (this.#begunAt === undefined) return 0;
    return ((this.#endedAt ?? performance.now()) - this.#begunAt) / 1000;
  }

  /** How it stands. Who does not answer is asked again the next time. */
  async ask(): Promise<TrainerStatus> {
    this.#status = await this.#trainer.status().catch(() => this.#status);
    const { state } = this.#status;
    if (state !== 'waiting') this.#begunAt ??= performance.now();
    if (state === 'exited') this.#endedAt ??= performance.now();
    return this.#status;
  }

  /** The same, and what it has printed. */
  async look(): Promise<TrainerStatus> {
    const status = await this.ask();
    await this.#read(() => this.#trainer.lines());
    return status;
  }

  /** Once it has exited: what it has printed and nobody has read yet. */
  async rest(): Promise<void> {
    await this.#read(() => this.#trainer.lastLines?.() ?? this.#trainer.lines());
  }

  /** Asks it to end, where it is the agent who does. */
  stop(): void {
    this.#trainer.stop?.().catch((error: unknown) => {
      this.#report.say(`The trainer could not be told to end: ${(error as Error).message}`);
    });
  }

  async #read(lines: () => Promise<readonly LogLine[]>): Promise<void> {
    try {
      this.#report.printed(await lines());
    } catch (error) {
      this.#report.say(`The trainer's log cannot be read, so there are no metrics of it: ${(error as Error).message}`);
    }
  }
}
