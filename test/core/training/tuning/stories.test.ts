import { describe, expect, test } from 'vitest';
import { readDocument } from '#core/documents.ts';
import { trialId } from '#core/training/keys.ts';
import { readTraining } from '#core/training/store.ts';
import { stopTraining } from '#core/training/stop.ts';
import { trainingStatus } from '#core/training/trainings.ts';
import { type Decision, decisionKey } from '#core/training/tuning/documents.ts';
import { METRIC, PRICE } from './support/jobs.ts';
import { newStage, quality, run, type Stage, tableOf, TUNING } from './support/stage.ts';

const endOf = async ({ world }: Stage, id = 'iris-t1') => (await trainingStatus(world.store, id)).end;
const statesOf = async (stage: Stage) => (await tableOf(stage)).map(({ outcome }) => outcome?.state);
const decisionOf = ({ world }: Stage) => readDocument<Decision>(world.store, decisionKey('iris-t1'));
const LATE = { ...TUNING, earlyStopping: false };

describe('a tuning', () => {
  test('registers the best model, with the whole table in its manifest', async () => {
    const stage = await newStage({ tuning: LATE });
    expect(await run(stage)).toMatchObject({ status: 'SUCCEEDED' });
    const trials = await tableOf(stage);
    expect(trials.map(({ trial, outcome }) => [trial, outcome?.state])).toEqual(
      Array.from({ length: 8 }, (_, index) => [index + 1, 'trained']),
    );
    const best = trials.toSorted((a, b) => b.outcome!.objective! - a.outcome!.objective!)[0]!;
    expect(await endOf(stage)).toMatchObject({
      state: 'registered',
      version: 1,
      reason: expect.stringMatching(
        new RegExp(
          `^iris:1 is registered\\. Trial ${best.trial} is the best of 8: ${METRIC} 0\\.9\\d+ with rate 0\\.\\d+, layers \\d\\.$`,
        ),
      ) as string,
    });
    const { provenance } = await stage.world.registry.manifest('iris', 1);
    expect(provenance).toMatchObject({
      training: `iris-t1-${best.trial}`,
      parent: 'iris-t1',
      hyperparameters: { epochs: 5, ...best.hyperparameters },
      export: { compared: 3 },
      tuned: { tuning: 'iris-t1', metric: METRIC, goal: 'maximize', strategy: 'random', seed: 7, trials: 8 },
    });
    const table = provenance['tuning'] as { trial: number; objective: number }[];
    expect(table).toHaveLength(8);
    expect(table[0]).toEqual({
      trial: best.trial,
      hyperparameters: best.hyperparameters,
      objective: best.outcome?.objective,
      state: 'trained',
      seconds: 10,
    });
    const objectives = table.map(({ objective }) => objective);
    expect(objectives).toEqual(objectives.toSorted((a, b) => b - a));
    expect(await stage.world.registry.versions('iris')).toEqual([1]);
    expect(await Array.fromAsync(stage.world.registry.verify('iris'))).toEqual([]);
  });

  test('runs as many trials at once as it may, and no more', async () => {
    const stage = await newStage({ tuning: { ...LATE, parallel: 3 } });
    await run(stage);
    expect(stage.jobs.most).toBe(3);
    expect([...stage.jobs.begun.values()]).toEqual(Array.from({ length: 8 }, () => 1));
  });

  test('goes by the least, where less is better', async () => {
    const stage = await newStage({
      tuning: { ...LATE, objective: { metric: METRIC, goal: 'minimize' } },
      behave: (training, good) => ({ ...good, values: [1 - quality(training)] }),
    });
    await run(stage);
    const trials = await tableOf(stage);
    const least = Math.min(...trials.map(({ outcome }) => outcome!.objective!));
    expect(trials[((await decisionOf(stage))?.winner ?? 0) - 1]?.outcome?.objective).toBe(least);
  });

  test('of equals takes the first', async () => {
    const stage = await newStage({ behave: (_, good) => ({ ...good, values: [0.5] }) });
    await run(stage);
    expect(await decisionOf(stage)).toMatchObject({ winner: 1 });
  });

  test('finds its objective in metrics.json where the trainer prints none', async () => {
    const stage = await newStage({
      tuning: { ...LATE, objective: { metric: 'accuracy' } },
      behave: (_, good) => ({ ...good, values: [], metrics: {} }),
    });
    await run(stage);
    expect((await tableOf(stage)).map(({ outcome }) => outcome?.objective)).toEqual(
      Array.from({ length: 8 }, () => 0.9778),
    );
  });

  test('ends early, and says so, where all that there is was tried', async () => {
    const parameters = { layers: { from: 1, to: 2, integer: true }, rate: { values: [0.1, 1, 10] } };
    const stage = await newStage({ tuning: { ...LATE, parameters } });
    await run(stage);
    expect(await statesOf(stage)).toHaveLength(6);
    expect((await endOf(stage))?.reason).toMatch(/There are no more than 6 different ones to try\.$/);
  });

  test('has what it made released, where that is asked for', async () => {
    const stage = await newStage({ options: { release: true } });
    await run(stage);
    expect(stage.released).toEqual(['iris:1']);
    expect((await endOf(stage))?.reason).toMatch(/^iris:1 is registered, and its release/);
  });

  test('fails where the winner answers otherwise than its framework did, and registers nothing', async () => {
    const stage = await newStage({
      behave: (_, good) => ({
        ...good,
        files: {
          ...good.files,
          'golden.jsonl': String(good.files?.['golden.jsonl']).replace(/"data":\[0\.\d+/g, '"data":[0.5'),
        },
      }),
    });
    expect(await run(stage)).toMatchObject({ status: 'FAILED', error: 'Onnward.NotTrained' });
    expect(await endOf(stage)).toMatchObject({ state: 'failed', code: 'training.unlike' });
    expect(await stage.world.registry.models()).toEqual([]);
  });
});

describe('successive halving', () => {
  const HALVING = {
    ...LATE,
    strategy: 'halving',
    resource: { parameter: 'epochs', from: 1, to: 9 },
    trials: 9,
    parallel: 4,
  } as const;
  /** The more epochs, the better, and the more a trial costs. */
  const byEpochs: Parameters<typeof newStage>[0] = {
    tuning: HALVING,
    behave: (training, good) => {
      const epochs = Number(training.options.hyperparameters?.['epochs']);
      return { ...good, seconds: epochs, values: [quality(training) * (1 - 0.5 ** epochs)] };
    },
  };

  test('has the best third of each round go on with three times as much', async () => {
    const stage = await newStage(byEpochs);
    await run(stage);
    const trials = await tableOf(stage);
    expect(trials.map(({ round, hyperparameters }) => [round, hyperparameters['epochs']])).toEqual([
      ...Array.from({ length: 9 }, () => [0, 1]),
      ...Array.from({ length: 3 }, () => [1, 3]),
      [2, 9],
    ]);
    const best = trials.slice(0, 9).toSorted((a, b) => b.outcome!.objective! - a.outcome!.objective!);
    expect(trials.slice(9, 12).map(({ of }) => of)).toEqual(best.slice(0, 3).map(({ trial }) => trial));
    for (const { of = 0, hyperparameters } of trials.slice(9)) {
      const { epochs: _, ...tried } = hyperparameters;
      expect(trials[of - 1]?.hyperparameters).toMatchObject(tried);
    }
    expect(await decisionOf(stage)).toMatchObject({ winner: 13 });
    expect(trials.reduce((sum, { outcome }) => sum + outcome!.seconds, 0)).toBe(9 * 1 + 3 * 3 + 1 * 9);
    expect((await stage.world.registry.manifest('iris', 1)).provenance).toMatchObject({
      hyperparameters: { epochs: 9 },
      tuned: { strategy: 'halving', trials: 13 },
    });
  });

  test('goes on with those that have not failed, and ends where there is none', async () => {
    const failing = (trial: number): boolean => trial % 3 === 1;
    const stage = await newStage({
      ...byEpochs,
      behave: (training, good) => {
        const trial = Number(training.training.split('-').at(-1));
        const behaviour = byEpochs.behave!(training, good);
        return failing(trial) && trial <= 9 ? { ...behaviour, failure: 'no' } : behaviour;
      },
    });
    await run(stage);
    const trials = await tableOf(stage);
    expect(trials.slice(9).every(({ of = 0 }) => of > 9 || !failing(of))).toBe(true);
    expect(await decisionOf(stage)).toMatchObject({ winner: 13 });
  });
});

describe('early stopping', () => {
  test('stops what is behind, never the best, and none of the first three', async () => {
    const whole = await newStage({ tuning: { ...LATE, trials: 30 } });
    await run(whole);
    const stage = await newStage({ tuning: { ...TUNING, trials: 30 } });
    await run(stage);
    const states = await statesOf(stage);
    expect(states.slice(0, 3)).toEqual(['trained', 'trained', 'trained']);
    expect(states.filter((state) => state === 'stopped').length).toBeGreaterThan(8);
    expect((await decisionOf(stage))?.winner).toBe((await decisionOf(whole))?.winner);
    const [spent, most] = await Promise.all(
      [stage, whole].map(async (each) => (await tableOf(each)).reduce((sum, { outcome }) => sum + outcome!.seconds, 0)),
    );
    expect(spent).toBeLessThan(0.8 * most!);
    const stopped = (await tableOf(stage)).find(({ outcome }) => outcome?.state === 'stopped')!;
    expect(stopped.outcome).toMatchObject({
      reason: `Stopped by tuning: it is behind half of the others after 3 values of ${METRIC}`,
      objective: expect.any(Number) as number,
    });
    expect(await endOf(stage, trialId('iris-t1', stopped.trial))).toMatchObject({ state: 'stopped' });
    expect(stage.jobs.running).toEqual([]);
  });

  test('is left, where the trainer says nothing until its end', async () => {
    const stage = await newStage({ behave: (training, good) => ({ ...good, values: [quality(training)] }) });
    await run(stage);
    expect(new Set(await statesOf(stage))).toEqual(new Set(['trained']));
  });
});

describe('trials that fail', () => {
  const failing = (trials: readonly number[], failure = 'ValueError: no') =>
    newStage({
      tuning: LATE,
      behave: ({ training }, good) =>
        trials.includes(Number(training.split('-').at(-1))) ? { ...good, failure } : good,
    });

  test('are recorded, and do not end the tuning', async () => {
    const stage = await failing([1, 2, 5]);
    expect(await run(stage)).toMatchObject({ status: 'SUCCEEDED' });
    expect((await tableOf(stage))[4]?.outcome).toMatchObject({ state: 'failed', reason: 'ValueError: no' });
    expect(await statesOf(stage)).toEqual([
      'failed',
      'failed',
      'trained',
      'trained',
      'failed',
      'trained',
      'trained',
      'trained',
    ]);
  });

  test('end it with what they say, where the first three do', async () => {
    const stage = await failing([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(await run(stage)).toMatchObject({ status: 'FAILED', error: 'Onnward.NotTrained' });
    expect(await endOf(stage)).toMatchObject({
      state: 'failed',
      code: 'tuning.trials_failed',
      reason: expect.stringMatching(
        /^The first 4 trials have failed, and none has not\. Trial 1: ValueError: no$/,
      ) as string,
    });
    expect(stage.jobs.begun.size).toBe(4);
    expect(stage.jobs.running).toEqual([]);
  });

  test('never end one that goes well: it wins, and the others are tried', async () => {
    const stage = await newStage({
      behave: ({ training }, good) =>
        training.endsWith('-1') ? { ...good, seconds: 60 } : { ...good, seconds: 5, failure: 'no memory' },
    });
    expect(await run(stage)).toMatchObject({ status: 'SUCCEEDED' });
    expect(await statesOf(stage)).toEqual(['trained', ...Array.from({ length: 7 }, () => 'failed')]);
    expect(await decisionOf(stage)).toMatchObject({ winner: 1 });
  });

  test('have nothing begun beside one that says nothing yet, and leave it alone', async () => {
    let beside = 0;
    const stage: Stage = await newStage({
      tuning: { ...LATE, objective: { metric: 'accuracy' } },
      behave: ({ training }, good) => {
        const trial = Number(training.split('-').at(-1));
        const quiet = { ...good, values: [], metrics: {} };
        if (trial === 1) return { ...quiet, seconds: 60 };
        if (trial > 4 && stage.jobs.running.includes('iris-t1-1')) beside++;
        return { ...quiet, seconds: 5, ...(trial < 5 && { failure: 'no memory' }) };
      },
    });
    expect(await run(stage)).toMatchObject({ status: 'SUCCEEDED' });
    expect(beside).toBe(0);
    expect(await statesOf(stage)).toEqual(['trained', 'failed', 'failed', 'failed', ...Array(4).fill('trained')]);
  });

  test('are all there were', async () => {
    const stage = await newStage({
      tuning: { ...LATE, trials: 2 },
      behave: (_, good) => ({ ...good, failure: 'no memory' }),
    });
    await run(stage);
    expect(await endOf(stage)).toMatchObject({
      state: 'failed',
      code: 'tuning.no_winner',
      reason: 'None of 2 trials was trained to its end. Trial 1: no memory',
    });
  });

  test('may have an objective that is no number', async () => {
    const stage = await newStage({
      tuning: LATE,
      behave: ({ training }, good) =>
        training.endsWith('-4') ? { ...good, metrics: { [METRIC]: null as unknown as number } } : good,
    });
    await run(stage);
    expect((await tableOf(stage))[3]?.outcome).toMatchObject({ state: 'failed', code: 'tuning.not_a_number' });
    expect(await endOf(stage)).toMatchObject({ state: 'registered' });
  });

  test('say nothing of the objective: then it ends at once, and names what they say', async () => {
    const stage = await newStage({ tuning: { ...LATE, objective: { metric: 'f1' } } });
    await run(stage);
    expect(await endOf(stage)).toMatchObject({
      state: 'failed',
      code: 'tuning.no_objective',
      reason: expect.stringContaining(
        `says nothing of f1, which the tuning goes by: it prints ${METRIC}, and metrics.json has accuracy.`,
      ) as string,
    });
    expect(stage.jobs.begun.size).toBeLessThanOrEqual(4);
  });

  test('lost their host for good', async () => {
    const stage = await newStage({ tuning: LATE });
    const { jobs, world } = stage;
    const status: typeof jobs.status = async (job) =>
      job.endsWith('-2') ? { state: 'lost', attempts: 3, reason: 'Its host went away.' } : jobs.status(job);
    const lossy = {
      ...stage,
      world: stage.on(world.store, {
        polling: jobs.polling,
        submit: (training) => jobs.submit(training),
        stop: (job) => jobs.stop(job),
        status,
      }),
    };
    await run(lossy);
    expect((await tableOf(stage))[1]?.outcome).toMatchObject({ state: 'failed', reason: 'Its host went away.' });
    expect(await endOf(stage)).toMatchObject({ state: 'registered' });
  });
});

describe('the limits', () => {
  test('of time are those of all trials together; what is trained by then decides', async () => {
    const stage = await newStage({ tuning: LATE, options: { timeLimit: '35s' } });
    expect(await run(stage)).toMatchObject({ status: 'SUCCEEDED' });
    const states = await statesOf(stage);
    expect(states.filter((state) => state === 'trained')).toHaveLength(2);
    expect(states.filter((state) => state === 'stopped')).toHaveLength(2);
    expect((await endOf(stage))?.reason).toMatch(
      /Its trials have run for 3\d seconds together, and its time limit is 35s\.$/,
    );
    expect((await readTraining(stage.world.store, 'iris-t1-1')).options).toMatchObject({ timeLimit: '60s' });
  });

  test('of money, too', async () => {
    const stage = await newStage({ tuning: LATE, options: { budget: 35 * PRICE } });
    expect(await run(stage)).toMatchObject({ status: 'SUCCEEDED' });
    expect((await endOf(stage))?.reason).toMatch(
      /The machines of its trials have cost 0\.04 USD, and its budget is 0\.035\.$/,
    );
    expect((await tableOf(stage)).map(({ outcome }) => outcome?.dollars)).toContain(10 * PRICE);
    expect((await readTraining(stage.world.store, 'iris-t1-3')).options.budget).toBeCloseTo(15 * PRICE);
  });

  test('end it without a winner where nothing was trained by then', async () => {
    const stage = await newStage({ tuning: LATE, options: { timeLimit: '5s' } });
    await run(stage);
    expect(await endOf(stage)).toMatchObject({ state: 'failed', code: 'tuning.no_winner' });
    expect((await endOf(stage))?.reason).toMatch(/^None of 2 trials was trained to its end\. Its trials have run for/);
  });

  test('a trial gets the options of the tuning but what is the tuning’s alone', async () => {
    const stage = await newStage({ options: { release: true, optimize: {}, checkpointEvery: 5 } });
    await run(stage);
    const { options, ...trial } = await readTraining(stage.world.store, 'iris-t1-1');
    expect(trial).toMatchObject({ kind: 'trial', parent: 'iris-t1', model: 'iris', actor: 'ada', trigger: 'training' });
    expect(Object.keys(options).toSorted()).toEqual([
      'channels',
      'checkpointEvery',
      'hyperparameters',
      'source',
      'timeLimit',
    ]);
  });
});

test('a trial that a person stops is left out', async () => {
  const stage = await newStage({ tuning: LATE });
  let steps = 0;
  await run(stage, undefined, async ({ task }) => {
    if (task === 'tune step' && ++steps === 4) {
      await stopTraining(stage.world, 'iris-t1-1', { actor: 'ada', reason: 'too slow' });
    }
  });
  expect((await tableOf(stage))[0]?.outcome).toMatchObject({ state: 'stopped', reason: 'Stopped by ada: too slow' });
  expect(await endOf(stage)).toMatchObject({ state: 'registered' });
});
