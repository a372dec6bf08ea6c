import { expect, test } from 'vitest';
import type { TuningOptions } from '#core/training/options.ts';
import { ranked } from '#core/training/tuning/table.ts';
import { METRIC } from '../core/training/tuning/support/jobs.ts';
import { newStage, run, tableOf } from '../core/training/tuning/support/stage.ts';
import { learnDigits } from './support/digits.ts';

/*
 * What the ways to search come to on a real objective: the log loss of softmax regression on digits, after at most 27
 * epochs. The trainer really learns; only its time is simulated, an epoch a second. docs/tuning.md tells the numbers.
 */

const EPOCHS = 27;

const COMMON = {
  parameters: { rate: { from: 0.0001, to: 10, scale: 'log' }, l2: { from: 0.000001, to: 0.1, scale: 'log' } },
  objective: { metric: METRIC, goal: 'minimize' },
  parallel: 4,
} as const;

const WAYS: Readonly<Record<string, Partial<TuningOptions>>> = {
  random: { trials: 27, earlyStopping: false },
  'random, stopped early': { trials: 27 },
  halving: {
    trials: 27,
    strategy: 'halving',
    resource: { parameter: 'epochs', from: 1, to: EPOCHS },
    earlyStopping: false,
  },
};

const SEEDS = [0, 1, 2, 3, 4];

interface Found {
  readonly loss: number;
  readonly epochs: number;
}

async function search(way: Partial<TuningOptions>, seed: number): Promise<Found> {
  const tuning = { ...COMMON, ...way, seed };
  const stage = await newStage({
    tuning,
    behave: ({ options: { hyperparameters = {} } }, good) => {
      const [rate, l2] = [Number(hyperparameters['rate']), Number(hyperparameters['l2'])];
      const epochs = way.strategy === 'halving' ? Number(hyperparameters['epochs']) : EPOCHS;
      return { ...good, seconds: epochs, values: learnDigits({ rate, l2, epochs }) };
    },
  });
  await run(stage);
  const trials = await tableOf(stage);
  return {
    loss: ranked(trials, tuning)[0]!.outcome!.objective!,
    epochs: trials.reduce((sum, { outcome }) => sum + outcome!.seconds, 0),
  };
}

test('halving finds as good a model as random search does, with a fifth of the epochs; early stopping saves some', async () => {
  const found: Record<string, Found[]> = {};
  for (const [name, way] of Object.entries(WAYS)) {
    found[name] = [];
    for (const seed of SEEDS) found[name].push(await search(way, seed));
  }
  for (const [name, all] of Object.entries(found)) {
    const losses = all.map(({ loss }) => loss.toFixed(4)).join(' ');
    console.log(`${name}: epochs ${all.map(({ epochs }) => epochs).join(' ')}, losses ${losses}`);
  }
  const { random = [], halving = [], 'random, stopped early': early = [] } = found;
  for (const [index, { loss, epochs }] of random.entries()) {
    expect(epochs).toBe(27 * EPOCHS);
    expect(halving[index]!.epochs).toBe(27 * 1 + 9 * 3 + 3 * 9 + 1 * 27);
    expect(halving[index]!.loss).toBeLessThan(loss * 1.1);
    expect(early[index]!.epochs).toBeLessThan(0.8 * epochs);
    expect(early[index]!.loss).toBe(loss);
  }
});
