/**
 * The long form of crash.test.ts: `node test/batch/long.ts [--rows N] [--workers N] [--commands N] [--seed N]`. Workers, and the
 * command itself, are killed while they score a million rows; what they leave is held against what a job leaves that
 * nobody disturbs. Writes bench/results/batch-crash.json, unless rows or kills are other ones.
 */
import { deepStrictEqual } from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { describeMachine } from '../../bench/machine.ts';
import { stampOf } from '../../bench/stamp.ts';
import { root } from '../repository/sources.ts';
import { disturbed, undisturbed } from './support/disturbance.ts';
import { Laptop } from './support/laptop.ts';
import { badOf, writeRows } from './support/rows.ts';

const COMMITTED = join(root, 'bench/results/batch-crash.json');
const ROWS = 1_000_000;
const KILLS = { seed: 1, workers: 50, coordinators: 5 };

/** How a job goes on after a crash, and what it is disturbed by. */
const INPUTS = [
  'functions/batch/handler.ts',
  'lib/core/batch/{account,drives,manifest,part-sink,part-stream,receipts,score-shard}.ts',
  'lib/adapters/local/workflow/**',
  'test/batch/long.ts',
  'test/batch/support/{disturbance,rows}.ts',
  'aws-local-stepfunctions@package.json',
];

const { values } = parseArgs({
  options: {
    rows: { type: 'string' },
    workers: { type: 'string' },
    commands: { type: 'string' },
    seed: { type: 'string' },
  },
});
const rows = Number(values.rows ?? ROWS);
const kills = {
  seed: Number(values.seed ?? KILLS.seed),
  workers: Number(values.workers ?? KILLS.workers),
  coordinators: Number(values.commands ?? KILLS.coordinators),
};

const laptop = await Laptop.with('digits', 'examples/digits/model.onnx');
try {
  const input = laptop.path('rows.csv');
  await writeRows(input, rows);
  const begin = performance.now();
  const expected = await undisturbed(laptop, input);
  const undisturbedSeconds = secondsSince(begin);
  laptop.forget();
  const again = performance.now();
  const { killed, starts, outputs, manifest } = await disturbed(laptop, input, kills);
  const disturbedSeconds = secondsSince(again);
  deepStrictEqual(outputs, expected.outputs);
  deepStrictEqual(manifest.rows, { in: rows, scored: rows - badOf(rows), quarantined: badOf(rows), pending: 0 });
  deepStrictEqual(killed, { workers: kills.workers, coordinators: kills.coordinators });
  report({
    killed,
    starts,
    rows: manifest.rows,
    files: Object.keys(outputs).length,
    undisturbedSeconds,
    disturbedSeconds,
  });
} finally {
  laptop.close();
}

/** To a tenth. */
function secondsSince(begin: number): number {
  return Math.round((performance.now() - begin) / 100) / 10;
}

function report(measured: object): void {
  const result = { date: new Date().toISOString(), machine: describeMachine(), seed: kills.seed, ...measured };
  console.log(JSON.stringify(result, null, 1));
  if (Object.values(values).some((value) => value !== undefined)) return;
  writeFileSync(COMMITTED, `${JSON.stringify({ ...result, stamp: stampOf(root, INPUTS) }, null, 2)}\n`);
}
