import { expect, test } from 'vitest';
import type { Training } from '#core/training/training.ts';
import { provenanceOf } from '#core/training/tuning/provenance.ts';
import type { Trial } from '#core/training/tuning/table.ts';

const tuning = (goal?: 'minimize') =>
  ({
    training: 'iris-t1',
    options: { tuning: { parameters: {}, objective: { metric: 'loss', ...(goal && { goal }) } } },
  }) as unknown as Training;

const trial = (number: number, objective: number | undefined, state = 'trained', text = 'x'): Trial =>
  ({
    trial: number,
    round: 0,
    timeLimit: '60s',
    hyperparameters: { text },
    outcome: { trial: number, state, seconds: 2, ...(objective !== undefined && { objective }) },
  }) as unknown as Trial;

test('tells all trials, the best first, and those without a model last', () => {
  const trials = [
    trial(1, 0.5),
    trial(2, undefined, 'failed'),
    trial(3, 0.9),
    trial(4, 0.95, 'stopped'),
    trial(5, 0.9),
  ];
  const { tuned, tuning: table } = provenanceOf(tuning(), trials) as { tuned: object; tuning: { trial: number }[] };
  expect(tuned).toEqual({
    tuning: 'iris-t1',
    metric: 'loss',
    goal: 'maximize',
    strategy: 'random',
    seed: 0,
    trials: 5,
  });
  expect(table.map((row) => row.trial)).toEqual([3, 5, 1, 2, 4]);
  expect(table[3]).toEqual({ trial: 2, hyperparameters: { text: 'x' }, state: 'failed', seconds: 2 });
  const least = provenanceOf(tuning('minimize'), trials)['tuning'] as { trial: number }[];
  expect(least.map((row) => row.trial)).toEqual([1, 3, 5, 2, 4]);
});

test('of more than a manifest has room for leaves the worst out, and says how many there were', () => {
  const long = 'x'.repeat(100_000);
  const trials = Array.from({ length: 60 }, (_, index) => trial(index + 1, index, 'trained', long));
  const { tuned, tuning: table } = provenanceOf(tuning(), trials) as { tuned: object; tuning: { trial: number }[] };
  expect(tuned).toMatchObject({ trials: 60 });
  expect(table.map((row) => row.trial)).toEqual(Array.from({ length: 41 }, (_, index) => 60 - index));
  expect(JSON.stringify(table).length).toBeLessThan(2 ** 22 + 100);
});
