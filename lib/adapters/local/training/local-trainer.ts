import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { LogLine } from '#core/training/agent/lines.ts';
import type { TrainerProcess, TrainerStatus } from '../../jobs/trainer-process.ts';
import { LeashedProcess, type LeashedOptions } from './leashed-process.ts';
import { OutputLines } from './output-lines.ts';
import { TrainerLog } from './trainer-log.ts';

export interface LocalTrainerOptions {
  /** Makes all that it needs, and says how it is run. What it throws is the trainer's failure. */
  readonly prepare: (say: (line: string) => Promise<void>, signal: AbortSignal) => Promise<LeashedOptions>;
  /** Where all its output is kept. */
  readonly log: string;
  /** Where a trainer says why it has failed. */
  readonly failure: string;
  /** Milliseconds from SIGTERM to SIGKILL. */
  readonly graceMs: number;
}

/** Characters that wait for the agent to ask for them; then the trainer waits, too. */
const MOST_WAITING = 64 * 1024 * 1024;
const PATIENCE_MS = 20;
/** As a shell says that SIGTERM has ended it. */
const TERMINATED = 143;

/** The user's trainer as processes of this machine. */
export class LocalTrainer implements TrainerProcess {
  readonly #options: LocalTrainerOptions;
  readonly #stopped = new AbortController();
  #process: LeashedProcess | undefined;
  #status: TrainerStatus = { state: 'waiting' };
  #lines: LogLine[] = [];
  #waiting = 0;

  constructor(options: LocalTrainerOptions) {
    this.#options = options;
  }

  /** To be called once what it reads is there. Settles at its end, and throws nothing. */
  async start(): Promise<void> {
    this.#status = { state: 'running' };
    const exitCode = await this.#run().catch((error: unknown) => this.#failed(error));
    // Where its folder was taken away, how it ended has no meaning: whoever looks after it sees that, too.
    if (existsSync(this.#options.log)) this.#status = { state: 'exited', exitCode };
  }

  /** It is never started. */
  refuse(reason: string): void {
    this.#status = { state: 'exited', exitCode: 1, reason };
  }

  async status(): Promise<TrainerStatus> {
    return this.#status;
  }

  async lines(): Promise<readonly LogLine[]> {
    this.#waiting = 0;
    return this.#lines.splice(0);
  }

  /** SIGTERM, and SIGKILL where that does not end it in time. */
  async stop(): Promise<void> {
    if (this.#stopped.signal.aborted) return;
    this.#stopped.abort();
    this.#process?.terminate();
    setTimeout(() => this.kill(), this.#options.graceMs).unref();
  }

  kill(): void {
    this.#process?.kill();
  }

  async #run(): Promise<number> {
    const { prepare, log: path } = this.#options;
    const { signal } = this.#stopped;
    const log = new TrainerLog(path);
    try {
      const command = await prepare((line) => this.#say([line]), signal);
      if (signal.aborted) return TERMINATED;
      this.#process = new LeashedProcess(command);
      await this.#follow(this.#process, log);
      return await this.#process.ended;
    } catch (error) {
      if (signal.aborted) return TERMINATED;
      throw error;
    } finally {
      log.close();
    }
  }

  async #follow({ output, ended }: LeashedProcess, log: TrainerLog): Promise<void> {
    const lines = new OutputLines();
    try {
      for await (const chunk of output) {
        log.write(chunk);
        await this.#say(lines.push(chunk));
      }
    } catch {
      await ended; // what it has left behind held the output open, or it could not be started, which is thrown
    }
    await this.#say(lines.end());
  }

  async #say(texts: readonly string[]): Promise<void> {
    const at = Date.now();
    for (const text of texts) {
      this.#lines.push({ text, at });
      this.#waiting += text.length;
    }
    while (this.#waiting > MOST_WAITING) await sleep(PATIENCE_MS);
  }

  async #failed(thrown: unknown): Promise<number> {
    const { message, fix } = thrown as Error & { readonly fix?: string };
    await writeFile(this.#options.failure, [message, fix].filter(Boolean).join('\n')).catch(() => undefined);
    return 1;
  }
}
