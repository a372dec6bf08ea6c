import { expect, test } from 'vitest';
import type { ObjectStore } from '#core/ports.ts';
import { openTraining } from '#core/training/open.ts';
import { stopTraining } from '#core/training/stop.ts';
import { listTrainings } from '#core/training/trainings.ts';
import { leftByTrainer, newStage, OPTIONS, run, type Stage } from './support/stage.ts';

const IRIS = { model: 'iris', actor: 'ada' } as const;
const STOP = { actor: 'ada', reason: 'enough' };

const statesOf = async ({ world }: Stage) =>
  (await listTrainings(world.store)).map(({ training, state }) => [training.training, training.kind, state]);

test('a training that is stopped while it is being submitted makes no version, and its job ends', async () => {
  const stage = await newStage({ options: { ...OPTIONS, release: true }, job: () => undefined });
  const submit = stage.jobs.submit.bind(stage.jobs);
  stage.jobs.submit = async (training) => {
    await stopTraining(stage.world, training.training, STOP);
    return submit(training);
  };
  await run(stage, IRIS);
  expect(await statesOf(stage)).toEqual([['iris-t1', 'train', 'stopped']]);
  expect(stage.jobs.stopped).toContain('job-iris-t1: enough');
  expect(await stage.world.registry.models()).toEqual([]);
  expect(stage.released).toEqual([]);
});

test('a job that did not hear that it is to stop is told again', async () => {
  const stage = await newStage({ job: () => undefined });
  let deaf = true;
  const stop = stage.jobs.stop.bind(stage.jobs);
  stage.jobs.stop = (job, reason) => (deaf ? Promise.reject(new Error('throttled')) : stop(job, reason));
  await run(stage, IRIS, async ({ task }) => {
    if (task !== 'look' || !deaf) return;
    await expect(stopTraining(stage.world, 'iris-t1', STOP)).rejects.toThrow('throttled');
    deaf = false;
  });
  expect(await statesOf(stage)).toEqual([['iris-t1', 'train', 'stopped']]);
});

test('what a trainer writes over its own request counts for no other model', async () => {
  const stage = await newStage({ options: { ...OPTIONS, release: true } });
  const key = 'training/iris-t1/request.json';
  await run(stage, IRIS, async ({ task }) => {
    if (task !== 'check') return;
    const request = JSON.parse(Buffer.from((await stage.world.store.get(key))!.bytes).toString('utf8')) as object;
    await stage.world.store.put(key, Buffer.from(JSON.stringify({ ...request, model: 'victim' })));
  });
  expect(await stage.world.registry.models()).toEqual([]);
  expect(stage.released).toEqual([]);
});

test('of two that begin at once one begins, and the other is told of it', async () => {
  const { world } = await newStage({ job: () => undefined });
  const begun = await Promise.allSettled([
    openTraining(world, 'one', IRIS),
    openTraining(world, 'other', { ...IRIS, options: { hyperparameters: { epochs: 9 } } }),
  ]);
  expect(begun.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  expect(begun.find(({ status }) => status === 'rejected')).toMatchObject({ reason: { code: 'training.under_way' } });
  expect(await listTrainings(world.store)).toHaveLength(1);
});

/** Cannot write `key` the first time. */
function once(store: ObjectStore, key: string): ObjectStore {
  let isDead = false;
  return new Proxy(store, {
    get(target, name) {
      const value = Reflect.get(target, name) as unknown;
      if (typeof value !== 'function') return value;
      return (...given: unknown[]) => {
        if (isDead || (name === 'put' && given[0] === key && (isDead = true))) throw new Error('killed');
        return (value as (...given: unknown[]) => unknown).apply(target, given);
      };
    },
  });
}

const OPTIMIZED = { ...OPTIONS, optimize: { margin: 0.01 }, release: true };

/** A trainer that does its work, and an optimizer that does not. */
async function optimizing(): Promise<Stage> {
  const files = await leftByTrainer();
  const job = ({ kind }: { readonly kind: string }) =>
    kind === 'optimize' ? ({ outcome: 'failed', exitCode: 1, failure: 'no memory' } as const) : { files };
  return newStage({ options: OPTIMIZED, job });
}

test('where the optimizer fails, what was trained is released all the same', async () => {
  const stage = await optimizing();
  await run(stage, IRIS);
  expect(await statesOf(stage)).toEqual([
    ['iris-t2', 'optimize', 'failed'],
    ['iris-t1', 'train', 'registered'],
  ]);
  expect(stage.released).toEqual(['iris:1']);
});

test.each([
  ['the same command', IRIS],
  ['--resume', { training: 'iris-t1' }],
])('killed before what is to follow it is begun, a training goes on with that by %s', async (_, again) => {
  const stage = await optimizing();
  await run(
    { world: stage.on(once(stage.world.store, 'training/iris-t2/request.json')), pass: stage.pass },
    IRIS,
  ).catch(() => undefined);
  expect(await statesOf(stage)).toEqual([['iris-t1', 'train', 'registered']]);
  await run(stage, again);
  expect(await statesOf(stage)).toEqual([
    ['iris-t2', 'optimize', 'failed'],
    ['iris-t1', 'train', 'registered'],
  ]);
  expect(stage.released).toEqual(['iris:1']);
});

test('what can never be optimized is told, and released as it was trained', async () => {
  const stage = await newStage({
    options: { ...OPTIMIZED, optimize: { calibration: 'file:/nowhere/rows.csv' } },
  });
  await run(stage, IRIS);
  expect(await statesOf(stage)).toEqual([
    ['iris-t2', 'optimize', 'failed'],
    ['iris-t1', 'train', 'registered'],
  ]);
  expect(stage.released).toEqual(['iris:1']);
});
