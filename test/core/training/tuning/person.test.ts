import { describe, expect, test } from 'vitest';
import { readDocument } from '#core/training/store.ts';
import { runTask } from '#core/training/tasks.ts';
import { trainingStatus } from '#core/training/trainings.ts';
import { stopTuning } from '#core/training/tuning/stop.ts';
import { runTuneTask } from '#core/training/tuning/tasks.ts';
import { secondsToWait } from '#core/training/tuning/wait.ts';
import { newStage, run, type Stage, tableOf, TUNING } from './support/stage.ts';

const ASKED = { model: 'iris', actor: 'ada' };
const endOf = async ({ world }: Stage, id = 'iris-t1') => (await trainingStatus(world.store, id)).end;

/** Runs until it has made so many steps. */
async function interrupted(stage: Stage, steps: number): Promise<void> {
  let made = 0;
  const outcome = await run(stage, ASKED, ({ task }) => {
    if (task === 'tune step' && made++ === steps) throw new Killed();
    if (made > steps) throw new Killed();
  });
  expect(outcome).toMatchObject({ status: 'FAILED', error: 'Error' });
}

class Killed extends Error {}

describe('who asks again', () => {
  test('with the same words, or by its name, goes on with the tuning that is open', async () => {
    const stage = await newStage();
    await interrupted(stage, 3);
    expect((await tableOf(stage)).length).toBe(2);
    expect(await run(stage, { training: 'iris-t1' })).toMatchObject({ status: 'SUCCEEDED' });
    expect([...stage.jobs.begun.values()]).toEqual(Array.from({ length: 8 }, () => 1));
    expect(await endOf(stage)).toMatchObject({ state: 'registered', version: 1 });
  });

  test('for other options is told of the one that is open', async () => {
    const stage = await newStage();
    await interrupted(stage, 3);
    const options = { tuning: { ...TUNING, trials: 9 } };
    await expect(
      runTuneTask(stage.world, { task: 'tune open', execution: 'other', input: { ...ASKED, options } }),
    ).rejects.toMatchObject({
      code: 'training.under_way',
      kind: 'conflict',
      message: expect.stringMatching(/^iris-t1 is open/) as string,
    });
  });

  test('while the model is trained is told so; and so is who trains while it is tuned', async () => {
    const stage = await newStage();
    await runTask(stage.world, { task: 'open', execution: 'a', input: ASKED });
    await expect(runTuneTask(stage.world, { task: 'tune open', execution: 'b', input: ASKED })).rejects.toMatchObject({
      code: 'training.under_way',
    });
    const other = await newStage();
    await interrupted(other, 1);
    await expect(runTask(other.world, { task: 'open', execution: 'c', input: ASKED })).rejects.toMatchObject({
      code: 'training.under_way',
    });
  });

  test('once it has ended begins another one', async () => {
    const stage = await newStage();
    await run(stage);
    expect(
      await runTuneTask(stage.world, { task: 'tune open', execution: 'x', input: { training: 'iris-t1' } }),
    ).toEqual({
      training: 'iris-t1',
      next: 'nothing',
    });
    expect(await runTuneTask(stage.world, { task: 'tune step', training: 'iris-t1' })).toMatchObject({ next: 'ended' });
    await run(stage);
    expect(await endOf(stage, 'iris-t2')).toMatchObject({ state: 'registered', version: 2 });
  });

  test('for what is no tuning is told what to do', async () => {
    const stage = await newStage();
    await run(stage);
    const goOn = (training: string) =>
      runTuneTask(stage.world, { task: 'tune open', execution: 'x', input: { training } });
    await expect(goOn('iris-t1-2')).rejects.toMatchObject({
      code: 'training.request',
      fix: 'Go on with the tuning that it is part of.',
    });
    await expect(goOn('iris-t9')).rejects.toMatchObject({ code: 'training.not_found' });
    await runTask(stage.world, { task: 'open', execution: 'a', input: ASKED });
    await expect(goOn('iris-t2')).rejects.toMatchObject({
      code: 'training.request',
      fix: expect.stringContaining('train --resume') as string,
    });
  });

  test.each<[string, object, string]>([
    ['a model of which nothing is to be tried', { model: 'iris' }, 'tuning.not_configured'],
    ['no model', {}, 'training.request'],
    ['a model that cannot be', { model: 'a/b' }, 'reference.invalid'],
    ['options that are none', { model: 'iris', options: { tuning: { ...TUNING, trials: 0 } } }, 'training.options'],
  ])('for %s is refused', async (_, input, code) => {
    const stage = await newStage({ options: { tuning: undefined as never } });
    await expect(
      runTuneTask(stage.world, { task: 'tune open', execution: 'x', input: input as never }),
    ).rejects.toMatchObject({ code });
    expect((await Array.fromAsync(stage.world.store.list('training/'))).length).toBe(0);
  });
});

test('paused, trials go on where they were once it is asked for again, and the table is that of one that was not', async () => {
  const whole = await newStage();
  await run(whole);
  const stage = await newStage();
  await interrupted(stage, 5);
  await runTuneTask(stage.world, { task: 'tune pause', training: 'iris-t1' });
  await Promise.all(['iris-t1-1', 'iris-t1-2'].map((job) => stage.jobs.status(job)));
  expect(stage.jobs.running).toEqual([]);
  stage.pass(3600);
  expect(await run(stage)).toMatchObject({ status: 'SUCCEEDED' });
  expect([...stage.jobs.begun.values()]).toEqual(Array.from({ length: 8 }, () => 1));
  expect(await tableOf(stage)).toEqual(await tableOf(whole));
});

describe('stopped by a person', () => {
  test('it ends with all of its trials, and registers nothing', async () => {
    const stage = await newStage();
    await interrupted(stage, 15);
    const training = (await readDocument(stage.world.store, 'iris-t1', 'request'))!;
    await stopTuning(stage.world, training, { actor: 'ada', reason: 'wrong data' });
    expect(await endOf(stage)).toMatchObject({ state: 'stopped', reason: 'Stopped by ada: wrong data' });
    const states = (await tableOf(stage)).map(({ outcome }) => outcome?.state);
    expect(states).toEqual(['trained', 'trained', 'stopped', 'stopped']);
    expect(await endOf(stage, 'iris-t1-3')).toMatchObject({
      state: 'stopped',
      reason: 'Stopped by tuning: wrong data',
    });
    await Promise.all(['iris-t1-3', 'iris-t1-4'].map((job) => stage.jobs.status(job)));
    expect(stage.jobs.running).toEqual([]);
    await expect(stopTuning(stage.world, training, { actor: 'ada', reason: 'again' })).rejects.toMatchObject({
      code: 'training.ended',
    });
    expect(await stage.world.registry.models()).toEqual([]);
  });

  test('while its workflow runs, that ends with it', async () => {
    const stage = await newStage();
    let steps = 0;
    const outcome = await run(stage, ASKED, async ({ task }) => {
      if (task !== 'tune step' || ++steps !== 5) return;
      const training = (await readDocument(stage.world.store, 'iris-t1', 'request'))!;
      await stopTuning(stage.world, training, { actor: 'ada', reason: 'enough' });
    });
    expect(outcome).toMatchObject({ status: 'FAILED', error: 'Onnward.NotTrained' });
    expect(await endOf(stage)).toMatchObject({ state: 'stopped' });
    expect(stage.jobs.begun.size).toBe(2);
  });

  test('killed in the middle of that, the workflow does the rest', async () => {
    const stage = await newStage();
    await interrupted(stage, 3);
    const { store } = stage.world;
    await store.put(
      'training/iris-t1/stop.json',
      Buffer.from('{"at":"2026-11-23T00:00:00.000Z","actor":"ada","reason":"no"}'),
    );
    expect(await run(stage)).toMatchObject({ status: 'FAILED', error: 'Onnward.NotTrained' });
    expect(await endOf(stage)).toMatchObject({ state: 'stopped', reason: 'Stopped by ada: no' });
    expect((await tableOf(stage)).map(({ outcome }) => outcome?.state)).toEqual(['stopped', 'stopped']);
  });
});

test('a workflow that fails leaves no trial behind', async () => {
  const stage = await newStage();
  const { jobs, world } = stage;
  const broken = stage.on(world.store, {
    polling: jobs.polling,
    status: (job) => jobs.status(job),
    stop: (job) => jobs.stop(job),
    submit: (training) =>
      training.training === 'iris-t1-3' ? Promise.reject(new Error('no room')) : jobs.submit(training),
  });
  expect(await run({ ...stage, world: broken })).toMatchObject({ status: 'FAILED', error: 'Onnward.NotTrained' });
  expect(await endOf(stage)).toMatchObject({ state: 'failed', reason: 'no room' });
  const states = (await tableOf(stage)).map(({ outcome }) => outcome?.state);
  expect(states).toEqual(['trained', 'trained', 'stopped']);
  expect(await endOf(stage, 'iris-t1-3')).toMatchObject({ state: 'stopped' });
});

describe('it is looked at', () => {
  const at = '2026-11-23T00:00:00.000Z';
  const world = (age: number, polling: { least: number; most: number }) =>
    ({ clock: () => Date.parse(at) + age * 1000, jobs: { polling } }) as unknown as Parameters<typeof secondsToWait>[0];
  const running = (...seconds: number[]) =>
    seconds.map((each) => ({ look: { state: 'running' as const, seconds: each } }));
  const BATCH = { least: 5, most: 60 };

  test.each<[string, number, { least: number; most: number }, ReturnType<typeof running>, number]>([
    ['soon where a trial has just begun', 100, BATCH, running(1, 900), 5],
    ['by the age of its youngest trial', 700, BATCH, running(300, 600), 15],
    ['once a minute where all takes long', 10_000, BATCH, running(9_000), 60],
    ['seldom on the second day, as looks are counted', 100_000, BATCH, running(9_000), 334],
    ['often on this machine, where nobody counts', 100_000, { least: 1, most: 5 }, running(9_000), 5],
    ['at once where nothing runs', 0, BATCH, [], 5],
  ])('%s', (_, age, polling, looks, seconds) =>
    expect(secondsToWait(world(age, polling), { at } as never, looks)).toBe(seconds),
  );

  test('no more often than Step Functions can count in two weeks', () => {
    let looks = 0;
    for (let age = 0; age < 14 * 86_400; looks++) age += secondsToWait(world(age, BATCH), { at } as never, running(1));
    expect(looks * 9).toBeLessThan(25_000);
  });
});
