import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { inRepository, onnward, testFolder } from '../../bin/cli.ts';
import { Job } from '../optimize/job.ts';

/** Real rows that are committed, and the column that holds their class. */
export const SETS = { 'breast-cancer': 'diagnosis', wine: 'cultivar' } as const;
export type SetName = keyof typeof SETS;

export const dataOf = (set: SetName, part: 'train' | 'heldout'): string =>
  inRepository(`trainers/data/${set}/${part}.csv`);

/** The lines of breast-cancer's training rows, without and with the heading. */
export const [HEADING, ...ROWS] = readFileSync(dataOf('breast-cancer', 'train'), 'utf8').trimEnd().split('\n') as [
  string,
  ...string[],
];

/** A job of the trainer on rows of one's own. */
export const jobOn = (lines: readonly string[], hyperparameters: Readonly<Record<string, string>> = {}): Job =>
  new Job('tabular')
    .channel('training', { name: 'rows.csv', text: lines.map((line) => `${line}\n`).join('') })
    .hyperparameters({ label: 'diagnosis', ...hyperparameters });

/** Trains on a committed set. */
export function trained(set: SetName, hyperparameters: Readonly<Record<string, string>> = {}): Job {
  const job = new Job('tabular').channel('training', dataOf(set, 'train'));
  const { code, output } = job.hyperparameters({ label: SETS[set], ...hyperparameters }).run();
  expect({ code, output }).toMatchObject({ code: 0 });
  return job;
}

/** What `provenance.json` says, as far as it is looked at. */
interface Provenance {
  readonly data: {
    readonly rows: number;
    readonly source: string;
    readonly cleaning: Readonly<Record<string, unknown>>;
  };
  readonly hyperparameters: Readonly<Record<string, unknown>>;
  readonly columns: readonly string[];
  readonly columns_chosen: readonly string[];
}

export const provenanceOf = (job: Job): Provenance => JSON.parse(job.text('provenance.json')) as Provenance;

/** Metrics of the model on rows that it has not seen, by Onnward's own evaluation. */
export async function evaluated(job: Job, set: SetName): Promise<Readonly<Record<string, number>>> {
  const cwd = testFolder();
  const model = ['register', 'm', job.model('model.onnx'), '--labels', job.model('labels.txt')];
  const registered = await onnward([...model, '--store', `file:${join(cwd, 'store')}`], { cwd });
  expect(registered).toMatchObject({ code: 0 });
  const rows = ['--data', dataOf(set, 'heldout'), '--label', SETS[set], '--store', `file:${join(cwd, 'store')}`];
  const { code, stdout, stderr } = await onnward(['compare', 'm:1', 'm:1', ...rows, '--json'], { cwd });
  expect({ code, stderr }).toMatchObject({ code: 0 });
  return (JSON.parse(stdout) as { challenger: { metrics: Record<string, number> } }).challenger.metrics;
}
