/**
 * What the trainer of trainers/pytorch does, and what its models are worth: `npm run bench:trainers-pytorch -- [options]`.
 *
 *   --seeds N   splits that quality is measured over; 10 where nothing is said, and only then results are written:
 *               ../results/trainers-pytorch.json and the table of trainers/pytorch/README.md
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { command } from '../cache.ts';
import { describeMachine } from '../machine.ts';
import { stampOf } from '../stamp.ts';
import { exportDifference } from './export-difference.ts';
import { HELDOUT, PYTHON, PytorchJob } from './pytorch-job.ts';
import { broken, type PytorchResult, renderReadme, renderTable } from './pytorch-report.ts';

const ROOT = join(import.meta.dirname, '../..');
const RESULT = join(ROOT, 'bench/results/trainers-pytorch.json');
const README = join(ROOT, 'trainers/pytorch/README.md');
const SEEDS = 10;
const KILLED_AFTER = 25;

const INPUTS = [
  'trainers/pytorch/*.py',
  'trainers/pytorch/requirements.txt',
  'trainers/data/diabetes/*.csv',
  'bench/trainers/{pytorch,pytorch-job,export-difference}.ts',
  'bench/trainers/heldout.py',
  'lib/core/training/contract/{layout,rendezvous}.ts',
  'test/trainers/pytorch/*.ts',
];

interface Judged {
  readonly predicted: readonly number[];
  readonly network: PytorchResult['quality']['network'];
  readonly linear: PytorchResult['quality']['linear'];
}

const { values } = parseArgs({ options: { seeds: { type: 'string', default: `${SEEDS}` } } });
const seeds = Number(values.seeds);

const one = new PytorchJob('one');
const seconds = await one.run();
const again = new PytorchJob('again');
await again.run();
const two = new PytorchJob('two', { processes: '2' });
const secondsOfTwo = await two.run();

const others = Array.from(
  { length: seeds - 1 },
  (_, index) => new PytorchJob(`seed-${index + 1}`, { seed: `${index + 1}` }),
);
for (const job of others) await job.run();
const [judgedOne, judgedTwo, ...judgedOthers] = await judge([one, two, ...others]);
if (!judgedOne || !judgedTwo) throw new Error('nothing was judged');

const result: PytorchResult = {
  stamp: stampOf(ROOT, INPUTS),
  date: new Date().toISOString(),
  machine: describeMachine(),
  one: { seconds, epochs: 60, metrics: one.metrics },
  again: { same: again.isLike(one) },
  two: {
    seconds: secondsOfTwo,
    rmse: two.metrics['rmse'] ?? Number.NaN,
    relative: farthest(judgedTwo.predicted, judgedOne.predicted),
  },
  killed: await killed(),
  export: await exportDifference(join(one.base, 'model')),
  quality: qualityOf([judgedOne, ...judgedOthers]),
};
console.log(renderTable(result));
if (seeds === SEEDS) {
  writeFileSync(RESULT, `${JSON.stringify(result, undefined, 2)}\n`);
  writeFileSync(README, renderReadme(readFileSync(README, 'utf8'), result));
}
for (const claim of broken(result)) {
  process.stderr.write(`does not hold: ${claim}\n`);
  process.exitCode = 1;
}

/** The machine is lost, its disk too; what was synced are the checkpoints. */
async function killed(): Promise<PytorchResult['killed']> {
  const lost = new PytorchJob('lost');
  await lost.run((line, kill) => {
    if (line.startsWith(`epoch=${KILLED_AFTER};`)) kill();
  });
  const resumed = new PytorchJob('resumed');
  resumed.resume(lost);
  let from = 0;
  const seconds = await resumed.run((line) => {
    from = Number(/^Goes on after epoch (\d+)/.exec(line)?.[1] ?? from);
  });
  return { after: KILLED_AFTER, from, seconds, same: resumed.isLike(one) };
}

async function judge(jobs: readonly PytorchJob[]): Promise<Judged[]> {
  const script = join(import.meta.dirname, 'heldout.py');
  return JSON.parse(await command(PYTHON, ['-B', script, HELDOUT, ...jobs.map(({ base }) => base)])) as Judged[];
}

/** Relative to what is expected. */
function farthest(actual: readonly number[], expected: readonly number[]): number {
  return Math.max(...expected.map((value, row) => Math.abs((actual[row] ?? Number.NaN) - value) / Math.abs(value)));
}

function qualityOf(all: readonly Judged[]): PytorchResult['quality'] {
  const mean = (of: (judged: Judged) => number) => all.reduce((sum, judged) => sum + of(judged), 0) / all.length;
  const measures = (side: 'network' | 'linear') => ({
    rmse: mean((judged) => judged[side].rmse),
    mae: mean((judged) => judged[side].mae),
    r2: mean((judged) => judged[side].r2),
  });
  return {
    splits: all.length,
    rows: all[0]?.predicted.length ?? 0,
    network: measures('network'),
    linear: measures('linear'),
    better: all.filter(({ network, linear }) => network.rmse < linear.rmse).length,
  };
}
