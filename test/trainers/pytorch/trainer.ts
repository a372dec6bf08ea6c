import { spawn } from 'node:child_process';
import { cpSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect } from 'vitest';
import { Job, pythonOf } from '../optimize/job.ts';

const DATA = join(import.meta.dirname, '../../../trainers/data/diabetes/train.csv');

/** The lines of the training rows, the heading first. */
export const LINES = readFileSync(DATA, 'utf8').trimEnd().split('\n');

/** Few epochs: what is looked at here is the same after them. */
export const EPOCHS = 12;

export type Hyperparameters = Readonly<Record<string, string>>;

/** A job on the rows of the diabetes study. */
export const jobOf = (hyperparameters: Hyperparameters = {}): Job =>
  new Job('pytorch')
    .channel('training', DATA)
    .hyperparameters({ label: 'progression', epochs: `${EPOCHS}`, ...hyperparameters });

/** A job on lines of CSV. */
export const jobOn = (lines: readonly string[], hyperparameters: Hyperparameters = {}): Job =>
  new Job('pytorch')
    .channel('training', { name: 'rows.csv', text: lines.map((line) => `${line}\n`).join('') })
    .hyperparameters({ label: 'progression', epochs: '2', ...hyperparameters });

export function trained(hyperparameters: Hyperparameters = {}): Job {
  const job = jobOf(hyperparameters);
  const { code, output } = job.run();
  expect(code, output).toBe(0);
  return job;
}

export const metricsOf = (job: Job): Record<string, number> =>
  JSON.parse(job.text('metrics.json')) as Record<string, number>;

/** What the agent does after the loss of a machine: another working folder, with the checkpoints that were synced. */
export function elsewhere(job: Job, hyperparameters: Hyperparameters = {}): Job {
  const other = jobOf(hyperparameters);
  cpSync(join(job.base, 'checkpoints'), join(other.base, 'checkpoints'), { recursive: true });
  return other;
}

export const checkpointsOf = (job: Job): string[] =>
  readdirSync(join(job.base, 'checkpoints'))
    .filter((name) => !name.startsWith('.'))
    .sort();

/** Begins a job, and ends it and all its processes with a signal once it has printed the line of an epoch. */
export async function stopped(job: Job, epoch: number, signal: 'SIGKILL' | 'SIGTERM') {
  const script = join(import.meta.dirname, '../../../trainers/pytorch/train.py');
  const child = spawn(pythonOf('pytorch'), [script, 'train'], {
    env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1', PYTHONUNBUFFERED: '1', SAGEMAKER_BASE_DIR: job.base },
    stdio: ['ignore', 'pipe', 'ignore'],
    detached: true,
  });
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  const lines: string[] = [];
  for await (const line of createInterface(child.stdout)) {
    lines.push(line);
    // The loss of a machine takes all processes at once; a stop is told to the first, as a container engine does.
    if (line.startsWith(`epoch=${epoch};`))
      process.kill(signal === 'SIGKILL' ? -(child.pid ?? 0) : (child.pid ?? 0), signal);
  }
  return { code: await ended, lines };
}
