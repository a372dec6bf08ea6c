import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { readDocument } from '#core/documents.ts';
import type { TuningOptions } from '#core/training/options.ts';
import { listTrainings, trainingStatus } from '#core/training/trainings.ts';
import { type Decision, decisionKey } from '#core/training/tuning/documents.ts';
import { Death } from './support/death.ts';
import { newStage, quality, run, type Stage, type StageOptions, tableOf, TUNING } from './support/stage.ts';

/* What is killed is the workflow and its function; jobs go on without them. Then the same is asked for again. */

const HALVING: TuningOptions = {
  ...TUNING,
  strategy: 'halving',
  resource: { parameter: 'epochs', from: 1, to: 3 },
  trials: 4,
  parallel: 3,
};

/** Trial 2 fails, and trial 5 is the worst by far. */
const behave: StageOptions['behave'] = (training, good) => {
  const trial = Number(training.training.split('-').at(-1));
  if (trial === 2) return { ...good, seconds: 4, failure: 'ValueError: no' };
  const seconds = 5 + (trial % 3);
  return trial === 5 ? { ...good, seconds, values: good.values.map((value) => value / 2) } : { ...good, seconds };
};

/** What is left of a tuning, without times. */
async function leftOf(stage: Stage) {
  const { world, jobs, released } = stage;
  const [tunings, decision, versions] = await Promise.all([
    listTrainings(world.store),
    readDocument<Decision>(world.store, decisionKey('iris-t1')),
    versionsOf(stage),
  ]);
  const table = await tableOf(stage);
  const trials = await Promise.all(table.map(({ trial }) => trainingStatus(world.store, `iris-t1-${trial}`)));
  return {
    tunings: tunings.map(({ training, state, end }) => [training.training, state, unnumbered(end?.reason)]),
    table,
    winner: decision?.winner,
    trials: trials.map(({ training, state, end }) => [training.options, state, end?.reason]),
    versions,
    begun: Object.fromEntries(jobs.begun),
    running: jobs.running,
    released: released.length > 0,
  };
}

const unnumbered = (reason = '') => reason.replace(/iris:\d/, 'iris:N');

async function versionsOf({ world: { registry } }: Stage) {
  if (!(await registry.models()).includes('iris')) return [];
  const findings = await Array.fromAsync(registry.verify('iris'));
  // One that dies in the middle of its registration leaves a number behind, and no version of it.
  return [(await registry.versions('iris')).length, findings.filter(({ severity }) => severity === 'corrupt')];
}

/** Runs until it is dead, and once more whole, unless nothing is left to do; and says what would not hold. */
async function survive(stage: Stage, deaths: readonly number[]): Promise<void> {
  for (const at of deaths) {
    const death = new Death(at);
    const world = stage.on(death.store(stage.world.store), death.jobs(stage.world.jobs));
    await run({ world, pass: stage.pass }).catch(() => undefined);
    // Where its end is recorded there is nothing to go on with: the same words would begin another one.
    if ((await listTrainings(stage.world.store))[0]?.end) return;
  }
  await run(stage);
}

test.each([
  ['random search', { ...TUNING, trials: 5, parallel: 3 }],
  ['halving', HALVING],
])('killed before any of its effects, %s goes on to the same end', async (_, tuning) => {
  const options = { tuning, behave, options: { release: true } };
  const whole = await newStage(options);
  const counting = new Death(Number.POSITIVE_INFINITY);
  const world = whole.on(counting.store(whole.world.store), counting.jobs(whole.world.jobs));
  await run({ world, pass: whole.pass });
  const expected = await leftOf(whole);
  expect(expected.winner).toBeDefined();
  expect(new Set(Object.values(expected.begun))).toEqual(new Set([1]));
  expect(counting.effects).toBeGreaterThan(30);
  for (let at = 0; at < counting.effects; at++) {
    const stage = await newStage(options);
    await survive(stage, [at]);
    expect({ at, ...(await leftOf(stage)) }).toEqual({ at, ...expected });
  }
});

test('killed again and again, any tuning ends with the table of one that was not, and never runs more than it may', async () => {
  const tunings = fc.record({
    trials: fc.integer({ min: 1, max: 7 }),
    parallel: fc.integer({ min: 1, max: 4 }),
    seed: fc.nat(),
    earlyStopping: fc.boolean(),
    strategy: fc.constantFrom('random' as const, 'halving' as const),
  });
  const deaths = fc.array(fc.integer({ min: 0, max: 60 }), { maxLength: 4 });
  await fc.assert(
    fc.asyncProperty(tunings, deaths, fc.integer({ min: 1, max: 5 }), async (asked, at, failing) => {
      const tuning = { ...HALVING, ...asked };
      const some: StageOptions['behave'] = (training, good) => ({
        ...good,
        seconds: 4 + Math.round(10 * quality(training)),
        ...(Number(training.training.split('-').at(-1)) === failing && { failure: 'no' }),
      });
      const [whole, killed] = await Promise.all([
        newStage({ tuning, behave: some }),
        newStage({ tuning, behave: some }),
      ]);
      await run(whole);
      await survive(killed, at);
      expect(await leftOf(killed)).toEqual(await leftOf(whole));
      for (const { jobs } of [whole, killed]) {
        expect(jobs.most).toBeLessThanOrEqual(asked.parallel);
        expect([...jobs.begun.values()].every((times) => times === 1)).toBe(true);
      }
    }),
    { numRuns: 20 },
  );
});
