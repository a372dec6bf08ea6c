/**
 * What the nets of trainers/keras are worth on real digits: `npm run bench:trainers-keras -- [options]`, a quarter of an hour.
 *
 *   --seeds N   splits of the dense net; 5 where nothing is said, and only then results are written:
 *               ../results/trainers-keras.json and the table of trainers/keras/README.md
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { command } from '../cache.ts';
import { describeMachine } from '../machine.ts';
import { stampOf } from '../stamp.ts';
import { median } from '../statistics.ts';
import { accuracyOn, digitOf, fewOfEach, HEADING, HELDOUT, TRAINING } from './digits.ts';
import { type Asked, train, type Trained } from './keras-job.ts';
import { broken, type KerasResult, renderReadme, renderTable } from './keras-report.ts';

const ROOT = join(import.meta.dirname, '../..');
const RESULT = join(ROOT, 'bench/results/trainers-keras.json');
const README = join(ROOT, 'trainers/keras/README.md');

const INPUTS = [
  'trainers/keras/*.py',
  'trainers/keras/requirements.txt',
  'trainers/data/digits/train.csv',
  'examples/digits/heldout.csv',
  'bench/trainers/{keras,keras-job,keras-report,digits}.ts',
  'test/trainers/keras/*',
];

const SEEDS = 5;
/** So few rows want longer steps than Keras' own default of 0.001. */
const DENSE = { net: 'dense', learning_rate: '0.003' };
/** Of a student, a sixteenth of its teacher's. */
const UNITS = 8;
const TRANSFER = { seeds: 3, ofEach: 20, epochs: '10' };

const { values } = parseArgs({ options: { seeds: { type: 'string', default: `${SEEDS}` } } });
const seeds = Array.from({ length: Number(values.seeds) }, (_, seed) => seed);
const whole = [HEADING, ...TRAINING, ...HELDOUT];

const epochs20 = await splits('dense-20', { epochs: '20' });
const epochs5 = await splits('dense-5', {});
const [first] = epochs20;
const repeated = await told({
  name: 'dense-again',
  lines: whole,
  hyperparameters: { ...DENSE, epochs: '20', seed: '0' },
});
const cnn = await told({ name: 'cnn', lines: [HEADING, ...TRAINING], hyperparameters: { net: 'cnn' } });
const cnnAgain = await told({ name: 'cnn-again', lines: [HEADING, ...TRAINING], hyperparameters: { net: 'cnn' } });

const result: KerasResult = {
  stamp: stampOf(ROOT, INPUTS),
  date: new Date().toISOString(),
  machine: describeMachine(),
  dense: { epochs5: summary(epochs5), epochs20: summary(epochs20) },
  cnn: {
    epochs: cnn.metric('epochs'),
    learned: cnn.learned,
    test: cnn.metric('accuracy'),
    heldout: await accuracyOn(cnn.model, HELDOUT),
    rows: HELDOUT.length,
    seconds: cnn.seconds,
  },
  again: { dense: first?.isLike(repeated) ?? false, cnn: cnn.isLike(cnnAgain) },
  transfer: await transferred(),
  distillation: await distilled(),
};
console.log(renderTable(result));
if (seeds.length === SEEDS) {
  writeFileSync(RESULT, `${JSON.stringify(result, undefined, 2)}\n`);
  await command('npx', ['oxfmt', RESULT]);
  writeFileSync(README, renderReadme(readFileSync(README, 'utf8'), result));
}
for (const claim of broken(result)) {
  process.stderr.write(`does not hold: ${claim}\n`);
  process.exitCode = 1;
}

async function told(asked: Asked): Promise<Trained> {
  const trained = await train(asked);
  console.log(`${asked.name}: ${trained.metric('accuracy')} in ${trained.seconds.toFixed(0)} s`);
  return trained;
}

/** The dense net on all digits, split by another seed each time. */
async function splits(
  name: string,
  more: Asked['hyperparameters'],
  channels: (seed: number) => NonNullable<Asked['channels']> = () => ({}),
): Promise<Trained[]> {
  const all: Trained[] = [];
  for (const seed of seeds) {
    const hyperparameters = { ...DENSE, ...more, seed: `${seed}` };
    all.push(await told({ name: `${name}-${seed}`, lines: whole, hyperparameters, channels: channels(seed) }));
  }
  return all;
}

function summary(all: readonly Trained[]): KerasResult['dense']['epochs5'] {
  return { accuracy: accuracies(all), seconds: median(all.map(({ seconds }) => seconds)) };
}

function accuracies(all: readonly Trained[]): number[] {
  return all.map((trained) => trained.metric('accuracy'));
}

/** The second half of the digits, of few pictures: by a net of its own, and on the layers of one of the first half. */
async function transferred(): Promise<KerasResult['transfer']> {
  const low = TRAINING.filter((line) => digitOf(line) < 5);
  const few = fewOfEach(
    TRAINING.filter((line) => digitOf(line) >= 5),
    TRANSFER.ofEach,
  );
  const others = HELDOUT.filter((line) => digitOf(line) >= 5);
  const before = await told({ name: 'low', lines: [HEADING, ...low], hyperparameters: { net: 'cnn' } });
  const pretrained = join(before.base, 'output/data/model.keras');
  const found = { learned: 0, alone: [] as number[], transferred: [] as number[] };
  for (let seed = 0; seed < TRANSFER.seeds; seed++) {
    const asked = { lines: [HEADING, ...few], hyperparameters: { epochs: TRANSFER.epochs, seed: `${seed}` } };
    const own = { ...asked, name: `alone-${seed}`, hyperparameters: { ...asked.hyperparameters, net: 'cnn' } };
    found.alone.push(await accuracyOn((await told(own)).model, others));
    const on = { ...asked, name: `transfer-${seed}`, channels: { pretrained } };
    const moved = await told({ ...on, hyperparameters: { ...asked.hyperparameters, net: 'transfer' } });
    found.learned = moved.learned;
    found.transferred.push(await accuracyOn(moved.model, others));
  }
  return { rows: others.length, ...found };
}

/** A teacher is asked about rows that it has learned from, too, and never about those of its student's test: their seed is one. */
async function distilled(): Promise<KerasResult['distillation']> {
  const small = { epochs: '20', units: `${UNITS}` };
  const alone = await splits('student', small);
  const taught = await splits('taught', { ...small, teacher: 'true' }, (seed) => ({
    teacher: join((epochs20[seed] as Trained).model, 'model.onnx'),
  }));
  return { units: UNITS, teacher: accuracies(epochs20), alone: accuracies(alone), taught: accuracies(taught) };
}
