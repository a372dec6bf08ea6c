import { closeSync, copyFileSync, openSync, renameSync, writeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { treeOf } from '../../bench/batch/watch.ts';
import { disturbed, type Left, undisturbed } from './support/disturbance.ts';
import { type Finished, Laptop, sha256Of } from './support/laptop.ts';
import { badOf, writeRows } from './support/rows.ts';

/* Processes are killed while they work, as a machine that runs out of memory does it. The long form is long.ts. */

const ROWS = 60_000;

/** One row a run: long enough that there is a middle to be disturbed in. */
const SLOWLY = ['--exact'];

let laptop: Laptop;
let input: string;
let expected: Left;
beforeAll(async () => {
  laptop = await Laptop.with('digits', 'examples/digits/model.onnx');
  input = laptop.path('rows.csv');
  await writeRows(input, ROWS);
  expected = await undisturbed(laptop, input, SLOWLY);
  laptop.forget();
});
afterEach(() => laptop.forget());
afterAll(() => laptop.close());

test('a job that nobody disturbs accounts for every row', () => {
  const { rows, state } = expected.manifest;
  expect({ state, rows }).toEqual({
    state: 'done',
    rows: { in: ROWS, scored: ROWS - badOf(ROWS), quarantined: badOf(ROWS), pending: 0 },
  });
});

describe('when processes are killed, the outputs are those of a job that nobody disturbed:', () => {
  test.each([
    ['workers', { seed: 1, workers: 5, coordinators: 0 }],
    ['workers, and the command itself', { seed: 2, workers: 2, coordinators: 3 }],
  ])('%s', async (_, { seed, ...kills }) => {
    const { killed, outputs, manifest } = await disturbed(laptop, input, { seed, ...kills }, SLOWLY);
    expect(killed).toEqual(kills);
    expect(outputs).toEqual(expected.outputs);
    expect(manifest).toMatchObject({ state: 'done', rows: expected.manifest.rows });
    expect(manifest.parts.map(({ shard, rows, sha256 }) => ({ shard, rows, sha256 }))).toEqual(
      expected.manifest.parts.map(({ shard, rows, sha256 }) => ({ shard, rows, sha256 })),
    );
  });
});

test('workers end with the command, also when it is killed', async () => {
  const { process: command, finished } = laptop.start(['batch', 'digits', input, '--drop', 'digit,id', ...SLOWLY]);
  while (laptop.receipts() === 0 && command.exitCode === null) await sleep(5);
  const workers = treeOf(command.pid).slice(1);
  expect(workers.length).toBeGreaterThan(0);
  command.kill('SIGKILL');
  await finished;
  await vi.waitFor(() => expect(workers.filter(isAlive)).toEqual([]), { timeout: 10_000 });
});

describe('an input that is overwritten in the middle is refused, and never mixed:', () => {
  test.each<[string, (path: string) => void]>([
    ['in place, as long as it was', (path) => overwrite(path)],
    ['by another file', (path) => replace(path)],
  ])('%s', async (_, change) => {
    const copy = laptop.path(`copy-${Math.random()}.csv`);
    copyFileSync(input, copy);
    const finished = await runAndChange(copy, change);
    expect(finished).toMatchObject({ code: 1 });
    expect(finished.stderr).toContain('input.changed');
    const manifest = laptop.manifest()!;
    expect(manifest).toMatchObject({ state: 'failed', refusal: { code: 'input.changed' } });
    expect(manifest.pending.length).toBeGreaterThan(0);
    expect(manifest.parts.length).toBeGreaterThan(0);
    for (const part of manifest.parts) {
      expect(part.sha256, 'what was scored before').toBe(
        expected.manifest.parts.find(({ shard }) => shard === part.shard)?.sha256,
      );
      expect(await sha256Of(laptop.object(part.key))).toBe(part.sha256);
    }
    const again = await laptop.run(['batches', 'resume', laptop.job()!]);
    expect(again).toMatchObject({ code: 1 });
    expect(laptop.manifest()?.parts).toEqual(manifest.parts);
  });
});

/** Changes the input while some shards are scored and others are not. */
async function runAndChange(path: string, change: (path: string) => void): Promise<Finished> {
  const { process: command, finished } = laptop.start([
    'batch',
    'digits',
    path,
    '--id',
    'id',
    '--drop',
    'digit',
    ...SLOWLY,
  ]);
  while (laptop.receipts() === 0 && command.exitCode === null) await sleep(5);
  const workers = treeOf(command.pid).slice(1);
  workers.forEach((pid) => process.kill(pid, 'SIGSTOP'));
  change(path);
  workers.forEach((pid) => process.kill(pid, 'SIGCONT'));
  return finished;
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

function overwrite(path: string): void {
  const file = openSync(path, 'r+');
  writeSync(file, '9', 5000);
  closeSync(file);
}

function replace(path: string): void {
  copyFileSync(path, `${path}.new`);
  renameSync(`${path}.new`, path);
}
