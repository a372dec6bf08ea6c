import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { inRepository } from '../../bin/cli.ts';
import { Job, pythonOf } from '../optimize/job.ts';

const [HEADING, ...ROWS] = readFileSync(inRepository('trainers/data/digits/train.csv'), 'utf8')
  .trimEnd()
  .split('\n') as [string, ...string[]];
export { HEADING, ROWS };

/** So few that the net of convolutions takes seconds. */
export const FEW = ROWS.slice(0, 150);

export const digitOf = (line: string): string => line.slice(line.lastIndexOf(',') + 1);

/** A job of the trainer on rows of digits. */
export const jobOn = (lines: readonly string[], hyperparameters: Readonly<Record<string, string>> = {}): Job =>
  new Job('keras')
    .channel('training', { name: 'rows.csv', text: lines.map((line) => `${line}\n`).join('') })
    .hyperparameters({ label: 'digit', learning_rate: '0.003', ...hyperparameters });

/** Runs it to a good end. */
export function ended(job: Job): Job {
  const { code, output } = job.run();
  expect({ code, output }).toMatchObject({ code: 0 });
  return job;
}

export const metricsOf = (job: Job): Record<string, number> =>
  JSON.parse(job.text('metrics.json')) as Record<string, number>;

/** Runs one of the scripts beside the tests, in the trainer's own environment. */
export const python = (script: string, ...args: readonly string[]): string =>
  execFileSync(pythonOf('keras'), [join(import.meta.dirname, script), ...args], {
    env: { ...process.env, TF_CPP_MIN_LOG_LEVEL: '3' },
    stdio: ['ignore', 'pipe', 'ignore'],
  }).toString();
