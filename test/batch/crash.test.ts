import { appendFileSync, renameSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { disturbed, undisturbed } from './support/disturbance.ts';
import { Laptop } from './support/laptop.ts';
import { writeRows } from './support/rows.ts';

/* Processes are killed while they work, as a machine that runs out of memory does it. The long form is long.ts. */

const ROWS = 60_000;

let laptop: Laptop;
let input: string;
beforeAll(async () => {
  laptop = await Laptop.with('digits', 'examples/digits/model.onnx');
  input = laptop.path('rows.csv');
  await writeRows(input, ROWS);
});
afterEach(() => laptop.forget());
afterAll(() => laptop.close());

describe('of a job whose processes are killed', () => {
  test.each([
    ['workers, by turns', { seed: 1, workers: 6, coordinators: 0 }],
    ['the command itself, and workers', { seed: 2, workers: 4, coordinators: 4 }],
  ])('%s: the outputs are those of one that nobody disturbed', async (_, kills) => {
    const expected = await undisturbed(laptop, input);
    laptop.forget();
    const job = await disturbed(laptop, input, kills);
    expect(job.killed).toEqual({ workers: kills.workers, coordinators: kills.coordinators });
    expect(job.outputs).toEqual(expected.outputs);
    expect(job.manifest).toMatchObject({ state: 'done', rows: { in: ROWS, pending: 0 } });
    expect(job.manifest.rows.scored + job.manifest.rows.quarantined).toBe(ROWS);
    expect(job.manifest.parts.map(({ sha256 }) => sha256)).toEqual(expected.manifest.parts.map(({ sha256 }) => sha256));
  });
});
