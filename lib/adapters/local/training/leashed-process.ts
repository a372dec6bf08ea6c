import { type ChildProcess, spawn } from 'node:child_process';
import { constants } from 'node:os';
import type { Readable, Writable } from 'node:stream';

export interface LeashedOptions {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  /** A command that ends what the group's end does not: a container. @default - there is no such thing */
  readonly atLast?: readonly string[];
}

/**
 * The shell becomes the command, and leaves one of its own behind in the group, which waits at the other end of a pipe:
 * where we die, of whatever, the pipe closes and the whole group goes. SIGTERM is for the trainer, so it does not hear it.
 */
const script = (atLast: readonly string[]): string => `
exec 2>&1
trap '' HUP INT TERM
(exec >/dev/null 2>&1; read -r _ <&3; ${atLast.map(quoted).join(' ') || ':'}; kill -s KILL 0) &
exec 3<&-
trap - HUP INT TERM
exec "$0" "$@"`;

/** What was started by the command and has left its group may hold the output open; it is waited for so long, ms. */
const STRAGGLERS_MS = 5_000;

/** A command in a process group of its own, that ends with this process, and whose whole group ends with it. */
export class LeashedProcess {
  readonly #process: ChildProcess;
  readonly #atLast: readonly string[];
  #hasEnded = false;
  /** The exit code, or 128 and the number of the signal, as a shell has it. Throws where it could not be started. */
  readonly ended: Promise<number>;
  /** What it writes to stdout and stderr, in its order. */
  readonly output: AsyncIterable<Uint8Array>;

  constructor({ command, args, cwd, env, atLast = [] }: LeashedOptions) {
    this.#atLast = atLast;
    this.#process = spawn('/bin/sh', ['-c', script(atLast), command, ...args], {
      cwd,
      env,
      detached: true,
      stdio: ['ignore', 'pipe', 'ignore', 'pipe'],
    });
    // Where the group is gone nobody is at the other end.
    (this.#process.stdio[3] as Writable).on('error', () => undefined);
    const output = this.#process.stdout as Readable;
    this.output = output;
    this.ended = new Promise((resolve, reject) => {
      this.#process.once('error', reject);
      this.#process.once('exit', (code, signal) => {
        this.#hasEnded = true;
        this.#killGroup();
        setTimeout(() => output.destroy(), STRAGGLERS_MS).unref();
        resolve(code ?? 128 + constants.signals[signal as NodeJS.Signals]);
      });
    });
  }

  /** Asks all of the group to end. */
  terminate(): void {
    this.#signal('SIGTERM');
  }

  /** Ends it at once, whatever it does. */
  kill(): void {
    if (this.#hasEnded) return;
    const [command, ...args] = this.#atLast;
    if (command === undefined) return this.#killGroup();
    const killGroup = (): void => this.#killGroup();
    spawn(command, args, { stdio: 'ignore' }).once('error', killGroup).once('exit', killGroup);
  }

  #killGroup(): void {
    this.#signal('SIGKILL');
  }

  #signal(signal: NodeJS.Signals): void {
    try {
      if (this.#process.pid !== undefined) process.kill(-this.#process.pid, signal);
    } catch {
      // It has ended.
    }
  }
}

const quoted = (word: string): string => `'${word.replaceAll("'", "'\\''")}'`;
