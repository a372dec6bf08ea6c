import { type ChildProcess, fork } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { OnnwardError } from '#core/errors.ts';
import { type Begun, GO } from './supervisor-messages.ts';

const script = (): string => fileURLToPath(import.meta.resolve('#adapters/local/training/supervisor-process.ts'));

/** It takes a fraction of a second, ms. */
const PATIENCE_MS = 30_000;

export interface SupervisorOptions {
  /** Path of the job's record. */
  readonly record: string;
  /** Path of what it prints. */
  readonly log: string;
  /** Writes the record, with the name of the process. */
  readonly recorded: (supervisor: string, pid: number) => Promise<void>;
}

/**
 * Starts the process that looks after a training, in a session of its own: it outlives the command that asked for it. It
 * begins once the record names it, and ends where whoever started it is gone by then. Throws `training.no_supervisor`.
 */
export async function beginSupervisor({ record, log, recorded }: SupervisorOptions): Promise<void> {
  const file = openSync(log, 'w');
  const child = fork(script(), [record], {
    detached: true,
    execArgv: [],
    stdio: ['ignore', file, file, 'ipc'],
  });
  closeSync(file);
  try {
    await recorded(await nameOf(child, log), child.pid as number);
    child.send(GO, () => undefined);
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  }
  child.unref();
}

async function nameOf(child: ChildProcess, log: string): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const overdue = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS);
  const ended = (code: number | null, signal: NodeJS.Signals | null): void =>
    reject(noSupervisor(lastWords(log) ?? `it ended with ${signal ?? code}`));
  child.once('message', ({ supervisor }: Begun) => resolve(supervisor));
  child.once('error', (error) => reject(noSupervisor(error.message)));
  child.once('exit', ended);
  try {
    return await promise;
  } finally {
    clearTimeout(overdue);
    child.off('exit', ended);
  }
}

/** What a supervisor has thrown, by its log: Node prints much around it. Undefined where it has said nothing. */
export function lastWords(log: string): string | undefined {
  const lines = (existsSync(log) ? readFileSync(log, 'utf8') : '').trim().split('\n');
  return lines.find((line) => /^\w*Error\b/.test(line)) ?? (lines.at(-1) || undefined);
}

const noSupervisor = (why: string): OnnwardError =>
  new OnnwardError(`The process that looks after the training did not begin: ${why}.`, {
    code: 'training.no_supervisor',
    kind: 'unavailable',
    fix: 'Look at the processes and the memory of this machine, and run the same command again.',
  });
