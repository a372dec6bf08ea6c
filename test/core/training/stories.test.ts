import { describe, expect, test } from 'vitest';
import type { NewTraining } from '#core/training/events.ts';
import { readDocument } from '#core/training/store.ts';
import { pauseTraining, stopTraining } from '#core/training/stop.ts';
import { runTask } from '#core/training/tasks.ts';
import { listTrainings, trainingStatus, waitingOf } from '#core/training/trainings.ts';
import { leftByTrainer, newStage, OPTIONS, run, type Stage } from './support/stage.ts';

const IRIS: NewTraining = { model: 'iris', actor: 'ada' };
const statusOf = (stage: Stage, id = 'iris-t1') => trainingStatus(stage.world.store, id);

describe('a training', () => {
  test('ends with a version that says how it came about', async () => {
    const stage = await newStage();
    expect(await run(stage, IRIS)).toMatchObject({ status: 'SUCCEEDED' });
    expect(await statusOf(stage)).toMatchObject({ state: 'registered', end: { version: 1 } });
    const manifest = await stage.world.registry.manifest('iris', 1);
    expect(manifest).toMatchObject({
      metrics: { accuracy: 0.9778, 'validation:accuracy': 0.96 },
      labels: { probabilities: ['setosa', 'versicolor', 'virginica'] },
      baseline: { key: 'training/iris-t1/model/baseline.csv', path: 'baseline.csv' },
      provenance: {
        source: 'training',
        training: 'iris-t1',
        hyperparameters: { epochs: 5 },
        channels: { training: 'cd' },
        trainer: { seed: 0, data: { sha256: 'ab' } },
        export: { compared: 3 },
      },
    });
    expect(manifest.golden).toHaveLength(3);
    expect(manifest.files.map(({ path }) => path)).toEqual(['model.onnx']);
    expect(stage.news).toEqual([expect.objectContaining({ training: 'iris-t1', state: 'registered' })]);
    expect(await Array.fromAsync(stage.world.registry.verify('iris'))).toEqual([]);
  });

  test('releases what it has made where that is asked for', async () => {
    const stage = await newStage({ options: { ...OPTIONS, release: true } });
    await run(stage, IRIS);
    expect(stage.released).toEqual(['iris:1']);
  });

  test('tells the person what the trainer said of its failure', async () => {
    const failure = 'ValueError: the label column is missing';
    const stage = await newStage({ job: () => ({ outcome: 'failed', exitCode: 1, failure }) });
    expect(await run(stage, IRIS)).toMatchObject({ status: 'FAILED', error: 'Onnward.NotTrained' });
    expect(await statusOf(stage)).toMatchObject({ state: 'failed', end: { reason: failure } });
    expect(stage.news.at(-1)?.message).toContain(failure);
    expect(await stage.world.registry.models()).toEqual([]);
  });

  test.each<[string, (files: Record<string, string | Uint8Array>) => void, string, RegExp]>([
    ['no model', (files) => delete files['model.onnx'], 'training.no_model', /left 0 \.onnx files/],
    ['two models', (files) => (files['other.onnx'] = 'x'), 'training.no_model', /left 2 \.onnx files.*other\.onnx/],
    ['no golden questions', (files) => delete files['golden.jsonl'], 'training.no_golden', /left no golden\.jsonl/],
    ['an empty file of them', (files) => (files['golden.jsonl'] = '\n'), 'training.no_golden', /cannot be known/],
    ['a bad line of them', (files) => (files['golden.jsonl'] += '\n{'), 'training.golden', /Line 4/],
    ['what is no ONNX', (files) => (files['model.onnx'] = 'no'), 'model.unreadable', /./],
    [
      'metrics that are no numbers',
      (files) => (files['metrics.json'] = '{"a":"b"}'),
      'training.note',
      /"a" is no number/,
    ],
    ['labels that do not fit', (files) => (files['labels.txt'] = 'one\ntwo'), 'labels.invalid', /2 labels/],
    ['steps that are none', (files) => (files['preprocess.json'] = '{}'), 'training.note', /preprocess\.json/],
  ])('that leaves %s fails, and registers nothing', async (_, spoil, code, reason) => {
    const files = await leftByTrainer();
    spoil(files);
    const stage = await newStage({ job: () => ({ files }) });
    await run(stage, IRIS);
    const { end } = await statusOf(stage);
    expect(end).toMatchObject({ state: 'failed', code });
    expect(end?.reason).toMatch(reason);
    expect(await stage.world.registry.models()).toEqual([]);
  });

  test('whose export answers otherwise than the framework did fails, and says where', async () => {
    const files = await leftByTrainer();
    files['golden.jsonl'] = String(files['golden.jsonl']).replace(/"data":\[0\.\d+/g, '"data":[0.5');
    const stage = await newStage({ job: () => ({ files }) });
    await run(stage, IRIS);
    const { end } = await statusOf(stage);
    expect(end).toMatchObject({ state: 'failed', code: 'training.unlike' });
    expect(end?.reason).toMatch(/line 1 of golden\.jsonl, output 'probabilities' at element 0 .*, and was 0\.5/);
  });

  test('whose file was touched since it was left fails', async () => {
    const stage = await newStage();
    await run(stage, IRIS, async ({ task }) => {
      if (task === 'check') await stage.world.store.put('training/iris-t1/model/model.onnx', Buffer.from('other'));
    });
    expect((await statusOf(stage)).end).toMatchObject({ state: 'failed', code: 'training.corrupt' });
  });
});

describe('limits', () => {
  const endless = { job: () => undefined };

  test.each<[string, object, object, RegExp]>([
    ['time', { timeLimit: '1h' }, {}, /longer than its time limit, 1h/],
    ['money', { budget: 5 }, { dollars: 5.01 }, /have cost 5\.01 USD, and its budget is 5/],
  ])('of %s stop it', async (_, options, status, reason) => {
    const stage = await newStage({ ...endless, options: { ...OPTIONS, ...options } });
    const begun = stage.world.clock();
    await run(stage, IRIS, ({ task }) => {
      const there = stage.jobs.statuses.get('job-iris-t1');
      if (task === 'look' && there?.state === 'running') {
        stage.jobs.statuses.set('job-iris-t1', { ...there, seconds: (stage.world.clock() - begun) / 1000, ...status });
      }
    });
    const { end, stop } = await statusOf(stage);
    expect(end?.state).toBe('stopped');
    expect(stop).toMatchObject({ actor: 'limits', reason: expect.stringMatching(reason) });
    expect(stage.jobs.stopped[0]).toMatch(reason);
  });

  test('a job is looked at less and less often, and often enough', async () => {
    const stage = await newStage({ ...endless, options: { ...OPTIONS, timeLimit: '7d' } });
    const seconds: number[] = [];
    const { pass } = stage;
    const begun = stage.world.clock();
    await run({ world: stage.world, pass: (each) => (seconds.push(each), pass(each)) }, IRIS, ({ task }) => {
      const there = stage.jobs.statuses.get('job-iris-t1');
      if (task === 'look')
        stage.jobs.statuses.set('job-iris-t1', { ...there!, seconds: (stage.world.clock() - begun) / 1000 });
    });
    expect(seconds[0]).toBe(1);
    expect(Math.max(...seconds)).toBe(60);
    expect((await statusOf(stage)).state).toBe('stopped');
  }, 120_000);

  test('are of the time at work, however long it waited for its machines', async () => {
    const stage = await newStage({ ...endless, options: { ...OPTIONS, timeLimit: '1h' } });
    const begun = stage.world.clock();
    let waited = 0;
    await run(stage, IRIS, ({ task }) => {
      const there = stage.jobs.statuses.get('job-iris-t1');
      if (task !== 'look' || (there?.state !== 'running' && there?.state !== 'waiting')) return;
      const age = (stage.world.clock() - begun) / 1000;
      const isBack = age > 3 * 3600;
      if (!isBack) waited = age;
      stage.jobs.statuses.set('job-iris-t1', {
        ...there,
        ...(isBack ? { state: 'running', seconds: 3601 } : { state: 'waiting', seconds: 3599 }),
      });
    });
    expect(waited).toBeGreaterThan(2 * 3600);
    expect((await statusOf(stage)).end?.state).toBe('stopped');
  });
});

test('why a job waits for a machine is in the store, for as long as it waits', async () => {
  const stage = await newStage({ job: () => undefined, options: { ...OPTIONS, timeLimit: '1m' } });
  const reason = 'No spot capacity for g5.xlarge.';
  const { store } = stage.world;
  const told: (string | undefined)[] = [];
  await run(stage, IRIS, async ({ task }) => {
    if (task !== 'look') return;
    told.push((await waitingOf(store, 'iris-t1'))?.reason);
    const [waits, now] = [told.length < 3, stage.world.clock()];
    const status = waits
      ? ({ state: 'waiting', reason } as const)
      : ({ state: 'running', seconds: told.length * 10 } as const);
    const there = stage.jobs.statuses.get('job-iris-t1');
    if (there?.state === 'running' || there?.state === 'waiting') {
      stage.jobs.statuses.set('job-iris-t1', { attempts: 1, ...status });
    }
    if (told.length === 3) {
      const at = new Date(now).toISOString();
      await store.put('training/iris-t1/progress.json', Buffer.from(JSON.stringify({ at, metrics: [], lines: [] })));
    }
  });
  expect(told.slice(0, 4)).toEqual([undefined, reason, reason, undefined]);
});

describe('asking again', () => {
  test('goes on with the one that is open, and refuses another one', async () => {
    const stage = await newStage({ job: () => undefined });
    const stop = { actor: 'ada', reason: 'enough' };
    const tasks: string[] = [];
    let asked = false;
    await run(stage, IRIS, async ({ task }) => {
      tasks.push(task);
      if (task !== 'look' || asked) return;
      asked = true;
      expect(await run(stage, { ...IRIS, options: { hyperparameters: { epochs: 6 } } })).toMatchObject({
        status: 'FAILED',
        error: 'training.under_way',
      });
      await stopTraining(stage.world, 'iris-t1', stop);
    });
    // It had ended with that word, and the workflow goes on with nothing.
    expect(tasks).toEqual(['open', 'submit', 'look']);
    expect(await statusOf(stage)).toMatchObject({ state: 'stopped', end: { reason: 'Stopped by ada: enough' } });
    await expect(stopTraining(stage.world, 'iris-t1', stop)).rejects.toMatchObject({ code: 'training.ended' });
  });

  test('goes on with a training that was paused, from where its job is', async () => {
    let begun = 0;
    const files = await leftByTrainer();
    const stage = await newStage({ job: () => (++begun === 1 ? undefined : { files }) });
    const { training } = await runTask(stage.world, { task: 'open', execution: 'killed', input: IRIS });
    await runTask(stage.world, { task: 'submit', training });
    await pauseTraining(stage.world, training);
    expect(stage.jobs.statuses.get('job-iris-t1')).toMatchObject({ state: 'lost' });
    await run(stage, IRIS);
    expect(stage.jobs.submitted).toEqual(['iris-t1', 'iris-t1']);
    expect(await statusOf(stage)).toMatchObject({ state: 'registered' });
    expect(await listTrainings(stage.world.store)).toHaveLength(1);
  });

  test('of a workflow that breaks ends the training, and its job with it', async () => {
    const stage = await newStage({ job: () => undefined });
    await run(stage, IRIS, ({ task }) => {
      if (task === 'look') throw Object.assign(new Error('the process went away'), { name: 'Gone' });
    });
    expect((await statusOf(stage)).end).toMatchObject({
      state: 'failed',
      code: 'Gone',
      reason: 'the process went away',
    });
    expect(stage.jobs.stopped).toEqual(['job-iris-t1: the training has ended']);
  });

  test('by itself is for all of a time', async () => {
    const stage = await newStage({ options: { ...OPTIONS, starts: { data: 'training/in/iris/', atMostEvery: '1h' } } });
    const arrived = { ...IRIS, trigger: 'data' } as const;
    await run(stage, arrived);
    await run(stage, arrived);
    expect(await listTrainings(stage.world.store)).toHaveLength(1);
    stage.pass(3600);
    await run(stage, arrived);
    expect(await listTrainings(stage.world.store, 'iris')).toHaveLength(2);
    expect((await readDocument(stage.world.store, 'iris-t2', 'end'))?.version).toBe(2);
  });

  test('for an action of monitoring is begun once, and for the next one at once', async () => {
    const stage = await newStage();
    const asked = { ...IRIS, trigger: 'alarm', action: 'iris-a1' } as const;
    await run(stage, asked);
    await run(stage, asked);
    expect(await listTrainings(stage.world.store)).toMatchObject([{ training: { action: 'iris-a1' } }]);
    await run(stage, { ...asked, action: 'iris-a2' });
    expect(await listTrainings(stage.world.store)).toHaveLength(2);
  });

  test.each<[string, object, string]>([
    ['nothing', {}, 'training.request'],
    ['a name that none can have', { model: 'Iris!' }, 'reference.invalid'],
    ['a training that there is not', { training: 'iris-t9' }, 'training.not_found'],
    ['a tuning', { model: 'iris', kind: 'tune' }, 'training.request'],
    ['bad options', { model: 'iris', options: { resources: { gpus: -1 } } }, 'training.options'],
  ])('for %s is refused', async (_, input, error) => {
    expect(await run(await newStage(), input as NewTraining)).toMatchObject({ status: 'FAILED', error });
  });

  test('for a model that nothing trains is refused', async () => {
    expect(await run(await newStage({ options: {} }), IRIS)).toMatchObject({ error: 'training.not_configured' });
  });
});
