import type { LogLine, TrainerProcess, TrainerStatus } from '#adapters/jobs/trainer-process.ts';

/** A trainer that does what a test says, as its agent sees it. */
export class FakeTrainer implements TrainerProcess {
  now: TrainerStatus = { state: 'waiting' };
  stopped = 0;
  #lines: LogLine[] = [];

  print(...texts: string[]): void {
    this.#lines.push(...texts.map((text) => ({ text, at: Date.now() })));
  }

  exit(exitCode: number, more: Partial<TrainerStatus> = {}): void {
    this.now = { state: 'exited', exitCode, ...more };
  }

  async status(): Promise<TrainerStatus> {
    return this.now;
  }

  async lines(): Promise<readonly LogLine[]> {
    return this.#lines.splice(0);
  }

  async stop(): Promise<void> {
    this.stopped++;
  }
}
