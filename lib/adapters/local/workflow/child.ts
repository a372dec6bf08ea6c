import { type ChildProcess, fork } from 'node:child_process';
import { constants, setPriority } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { Answer, AskedEvent, ToldError } from './function-process.ts';

const script = (): string => fileURLToPath(import.meta.resolve('#adapters/local/workflow/function-process.ts'));

export interface ChildOptions {
  /** URL of the module that exports `handler`. */
  readonly handler: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly background: boolean;
}

interface Asked {
  resolve(result: unknown): void;
  reject(error: Error): void;
}

/** A process that answers one event at a time. What it logs goes nowhere, unless ONNWARD_DEBUG=1: then to stderr. */
export class FunctionChild {
  readonly #process: ChildProcess;
  #asked: Asked | undefined;
  #count = 0;
  /** Settles when the process has ended, whatever ended it. */
  readonly ended: Promise<void>;

  constructor({ handler, environment, background }: ChildOptions) {
    const log = process.env['ONNWARD_DEBUG'] === '1' ? 2 : 'ignore';
    this.#process = fork(script(), [handler], {
      env: { ...process.env, ...environment },
      execArgv: [],
      serialization: 'advanced',
      stdio: ['ignore', log, log, 'ipc'],
    });
    if (background && this.#process.pid !== undefined) yieldToOthers(this.#process.pid);
    this.#process.on('message', (answer: Answer) => this.#settle(answer));
    this.ended = new Promise((resolve) => {
      this.#process.once('error', (error) => this.#lost(error.message, resolve)); // it did not even begin
      this.#process.once('exit', (code, signal) => this.#lost(`it ended with ${signal ?? code}`, resolve));
    });
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  /** Whether it can be asked, as far as is known yet. */
  get alive(): boolean {
    const { connected, exitCode, signalCode } = this.#process;
    return connected && exitCode === null && signalCode === null;
  }

  /** The handler's answer. Throws a `FunctionError`. */
  ask(event: unknown): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#asked = { resolve, reject };
      // Where it cannot be sent the process is gone, and its end tells so.
      this.#process.send({ id: ++this.#count, event } satisfies AskedEvent, () => undefined);
    });
  }

  /** Ends it at once, whatever it does. */
  kill(): void {
    this.#process.kill('SIGKILL');
  }

  #settle(answer: Answer): void {
    if (answer.id !== this.#count) return;
    if ('error' in answer) this.#take()?.reject(new FunctionError(answer.error));
    else this.#take()?.resolve(answer.result);
  }

  #lost(why: string, resolve: () => void): void {
    this.#take()?.reject(died(why));
    resolve();
  }

  #take(): Asked | undefined {
    const asked = this.#asked;
    this.#asked = undefined;
    return asked;
  }
}

/** What a function threw, or that it died, by the name that a workflow's `Retry` and `Catch` know it by. */
export class FunctionError extends Error {
  /** Of an error of ours. */
  readonly code: string | undefined;
  readonly fix: string | undefined;

  constructor({ name, message, code, fix }: ToldError) {
    super(message);
    this.name = name;
    this.code = code;
    this.fix = fix;
  }
}

/** Named as Step Functions names a function of Lambda whose process went away: killed, crashed, or out of memory. */
export const died = (why: string): FunctionError =>
  new FunctionError({ name: 'Lambda.Unknown', message: `The process of the function is gone: ${why}.` });

/** A process that has ended by now has no priority, and needs none. */
function yieldToOthers(pid: number): void {
  try {
    setPriority(pid, constants.priority.PRIORITY_BELOW_NORMAL);
  } catch {
    // Its end is told elsewhere.
  }
}
