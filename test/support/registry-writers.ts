import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const SCRIPT = fileURLToPath(new URL('registry-writer.ts', import.meta.url));

/** What a writer said that it had done. */
export interface Deed {
  readonly version?: number;
  readonly sequence?: number;
  readonly content: string;
}

/** A writer in its own process, which begins at `go`. */
export class Writer {
  readonly deeds: Deed[] = [];
  readonly #child: ChildProcess;
  readonly #ready: Promise<void>;
  readonly #exit: Promise<unknown>;
  #errors = '';

  constructor(url: string, name: string, actor: string, turns: number, environment: Record<string, string> = {}) {
    this.#child = spawn(process.execPath, [SCRIPT, url, name, actor, String(turns)], {
      env: { ...process.env, ...environment },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    this.#child.stderr!.on('data', (text: Buffer) => (this.#errors += text.toString()));
    this.#exit = once(this.#child, 'close');
    this.#ready = new Promise((resolve, reject) => {
      createInterface(this.#child.stdout!).on('line', (line) => {
        if (line === 'ready') resolve();
        else this.deeds.push(JSON.parse(line) as Deed);
      });
      void this.#exit.then(() => reject(new Error(`the writer ended before it was ready: ${this.#errors}`)));
    });
    this.#ready.catch(() => undefined); // a writer may be killed before anybody waits for it
  }

  ready(): Promise<void> {
    return this.#ready;
  }

  go(): void {
    this.#child.stdin!.write('go\n');
  }

  /** Waits for the writer to finish its turns. */
  async finished(): Promise<readonly Deed[]> {
    await this.#exit;
    if (this.#child.exitCode !== 0) throw new Error(`the writer failed: ${this.#errors}`);
    return this.deeds;
  }

  /** kill -9, wherever the writer is. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#exit;
  }
}
