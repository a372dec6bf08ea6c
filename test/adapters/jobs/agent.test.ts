import { execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { type AgentOptions, runAgent } from '#adapters/jobs/agent.ts';
import { fetchInputs } from '#adapters/jobs/fetch.ts';
import { snapshotNumbers } from '#adapters/jobs/snapshots.ts';
import { encode, readDocument } from '#core/documents.ts';
import { OnnwardError } from '#core/errors.ts';
import type { ObjectStore } from '#core/ports.ts';
import { attemptKey, takingOutKey } from '#core/training/agent/snapshot.ts';
import { layoutOf, type Layout } from '#core/training/contract/layout.ts';
import type { Progress, ResultDocument } from '#core/training/documents.ts';
import { documentKey, progressKey } from '#core/training/keys.ts';
import type { TrainingOptions } from '#core/training/options.ts';
import { newFolder } from '../../support/folders.ts';
import { MemoryStore } from '../../support/memory-store.ts';
import { watched } from '../../support/stores.ts';
import { askFor } from '../../support/trainings.ts';
import { FakeTrainer } from './fake-trainer.ts';
import { inputsOf } from './store-inputs.ts';

const ID = 'digits-t1';
const PACE = {
  lookMs: 3,
  progressMs: 0,
  stopMs: 5,
  turnMs: 50,
  leaveMs: 300,
  signalledMs: 60,
  patienceMs: 2000,
  snapshotPatienceMs: 200,
};
const OPTIONS: TrainingOptions = {
  channels: { train: 'training/in/digits.csv' },
  metrics: [{ name: 'loss', regex: 'loss=([0-9.]+)' }],
  checkpointEvery: 0.05,
};

let store: MemoryStore;
let base: string;
let layout: Layout;
let trainer: FakeTrainer;

beforeEach(async () => {
  store = new MemoryStore();
  base = newFolder();
  layout = layoutOf(base);
  trainer = new FakeTrainer();
  await askFor(store, { options: OPTIONS });
  await store.put('training/in/digits.csv', Buffer.from('1,2\n'));
});

const fetch = () => fetchInputs({ store, training: ID, base, inputs: async () => inputsOf(store), patienceMs: 50 });
const agent = (more: Partial<AgentOptions> = {}) =>
  runAgent({ store, training: ID, base, trainer, pace: PACE, ...more });
const result = () => readDocument<ResultDocument>(store, documentKey(ID, 'result'));
const progress = () => readDocument<Progress>(store, progressKey(ID));
const stop = () =>
  store.put(documentKey(ID, 'stop'), encode({ at: '2026-11-23T00:00:00.000Z', actor: 'ada', reason: 'too slow' }));

function leave(path: string, bytes: string | Uint8Array): void {
  mkdirSync(dirname(join(base, path)), { recursive: true });
  writeFileSync(join(base, path), bytes);
}

const leftFile = (path: string, bytes: string | Uint8Array) => ({
  path,
  size: bytes.length,
  sha256: createHash('sha256').update(bytes).digest('hex'),
});

describe('a trainer that ends well', () => {
  test('has all that it left in the store, and what is said of it, by hash', async () => {
    const graph = randomBytes(3_000_000);
    const { channels } = await fetch();
    trainer.now = { state: 'running' };
    const ending = agent();
    trainer.print('epoch 1 loss=0.5', 'epoch 2 loss=0.25');
    await vi.waitFor(async () => expect((await progress())?.metrics).toHaveLength(2));
    expect(await progress()).toMatchObject({
      phase: 'training',
      attempt: 1,
      lines: ['epoch 1 loss=0.5', 'epoch 2 loss=0.25'],
    });
    leave('model/model.onnx', graph);
    leave('model/deep/.labels', 'a\nb');
    leave('output/data/tensorboard/events', 'e');
    leave('checkpoints/last', 'c');
    trainer.print('loss=0.125');
    trainer.exit(0);
    expect(await ending).toBe(0);
    expect(await result()).toEqual({
      at: expect.any(String),
      outcome: 'succeeded',
      exitCode: 0,
      model: [leftFile('deep/.labels', 'a\nb'), leftFile('model.onnx', graph)],
      data: [leftFile('tensorboard/events', 'e')],
      metrics: { loss: 0.125 },
      channels: { train: channels['train']?.sha256 },
      attempts: 1,
      seconds: expect.any(Number),
    });
    expect((await store.get('training/digits-t1/model/model.onnx'))?.bytes).toEqual(Uint8Array.from(graph));
    expect(await snapshotNumbers(store, ID)).toEqual([1]);
    expect(await progress()).toMatchObject({ phase: 'taking out', done: 3_000_004, total: 3_000_004 });
    expect(store.keys.at(-1)).toBe(documentKey(ID, 'result'));
  });

  test('may have done so before its agent has looked once, and have left nothing', async () => {
    await fetch();
    trainer.exit(0);
    expect(await agent()).toBe(0);
    expect(await result()).toMatchObject({ outcome: 'succeeded', model: [], data: [], metrics: {} });
  });

  test('has links taken for files, and what no store can hold passed over, and said', async () => {
    await fetch();
    leave('checkpoints/best.onnx', 'best');
    leave('model/bad\\name', 'x');
    symlinkSync('../checkpoints/best.onnx', join(layout.model, 'model.onnx'));
    symlinkSync('/etc/passwd', join(layout.model, 'elsewhere'));
    trainer.exit(0);
    await agent();
    expect((await result())?.model).toEqual([leftFile('model.onnx', 'best')]);
    expect((await progress())?.lines).toEqual([
      '[onnward] This is not taken out: elsewhere (a link to elsewhere)',
      expect.stringMatching(/not taken out: .*bad.*backslash/),
    ]);
  });
});

describe('a trainer that fails', () => {
  test('says why in its file', async () => {
    await fetch();
    leave('output/failure', 'no column y');
    leave('model/half.onnx', 'h');
    trainer.print('Traceback');
    trainer.exit(1);
    expect(await agent()).toBe(1);
    expect(await result()).toMatchObject({
      outcome: 'failed',
      exitCode: 1,
      failure: 'no column y',
      model: [{ path: 'half.onnx' }],
    });
  });

  test('or in its last lines', async () => {
    await fetch();
    trainer.print('Traceback (most recent call last):', "KeyError: 'y'");
    trainer.exit(3);
    expect(await agent()).toBe(3);
    expect((await result())?.failure).toBe(
      "The trainer ended with exit code 3.\nTraceback (most recent call last):\nKeyError: 'y'",
    );
  });

  test.each<[what: string, make: (path: string) => void]>([
    ['a link to elsewhere', (path) => symlinkSync('/etc/passwd', path)],
    ['a pipe that nobody writes to', (path) => execFileSync('mkfifo', [path])],
    ['a folder', (path) => mkdirSync(path)],
    [
      'a file in a folder that was swapped for a link',
      (path) => {
        const elsewhere = newFolder();
        writeFileSync(join(elsewhere, 'failure'), 'secret');
        rmSync(dirname(path), { recursive: true });
        symlinkSync(elsewhere, dirname(path));
      },
    ],
  ])('says nothing by what is %s', async (_, make) => {
    await fetch();
    make(layout.failure);
    trainer.print('Traceback');
    trainer.exit(1);
    expect(await agent()).toBe(1);
    expect((await result())?.failure).toBe('The trainer ended with exit code 1.\nTraceback');
  });

  test('whose last lines come late is waited for', async () => {
    await fetch();
    const lastLines = async () => [{ text: "KeyError: 'y'", at: Date.now() }];
    trainer.exit(1);
    await agent({ trainer: Object.assign(trainer, { lastLines }) });
    expect((await result())?.failure).toMatch(/\nKeyError: 'y'$/);
  });

  test('for want of memory is told from one that its host has ended', async () => {
    await fetch();
    trainer.exit(137);
    expect(await agent()).toBe(137);
    expect(await result()).toMatchObject({ outcome: 'failed', failure: expect.stringContaining('want of memory') });
  });

  test('that was never begun says what whoever runs it knows', async () => {
    await fetch();
    trainer.exit(1, { reason: 'There is no such image.' });
    expect(await agent()).toBe(1);
    expect((await result())?.failure).toBe('There is no such image.');
  });
});

describe('a training whose inputs do not come', () => {
  test('fails with what fetching says', async () => {
    await askFor(store, { options: { channels: { train: 'training/in/nothing/' } } });
    await expect(fetch()).rejects.toMatchObject({ code: 'training.empty_channel' });
    expect(await agent()).toBe(1);
    expect(await result()).toMatchObject({
      outcome: 'failed',
      failure: expect.stringMatching(/^There is no object below training\/in\/nothing\//),
      attempts: 1,
    });
  });

  test('fails also where fetching says nothing', async () => {
    trainer.exit(137, { reason: 'Bringing the inputs ended with exit code 137.' });
    expect(await agent()).toBe(137);
    expect((await result())?.failure).toBe('Bringing the inputs ended with exit code 137.');
  });

  test('waits for them, and hears of them', async () => {
    const ending = agent();
    await fetch();
    trainer.exit(0);
    expect(await ending).toBe(0);
  });

  test('leaves no result where its host ends meanwhile', async () => {
    const signal = AbortSignal.timeout(20);
    expect(await agent({ signal })).toBe(143);
    expect(await result()).toBeUndefined();
  });

  test('is stopped where that is wanted', async () => {
    await stop();
    expect(await agent({ signal: AbortSignal.abort() })).toBe(143);
    expect(await result()).toMatchObject({ outcome: 'stopped', exitCode: 143, model: [] });
  });
});

describe('checkpoints', () => {
  test('go to the store while it trains', async () => {
    await fetch();
    trainer.now = { state: 'running' };
    const ending = agent();
    leave('checkpoints/epoch-1', '1');
    await vi.waitFor(async () => expect((await progress())?.checkpoint).toBeDefined(), { timeout: 5000 });
    expect(await snapshotNumbers(store, ID)).toEqual([1]);
    trainer.exit(0);
    await ending;
  });

  test('that do not get there are said once, and are no reason to end', async () => {
    await fetch();
    const refusing = watched(store, (verb, key) => {
      if (verb === 'write' && key.includes('checkpoints/'))
        throw new OnnwardError('Access denied.', { code: 'store.access_denied', kind: 'unavailable' });
    });
    leave('checkpoints/epoch-1', '1');
    trainer.exit(0);
    expect(await agent({ store: refusing })).toBe(0);
    expect(await progress()).toMatchObject({
      lines: ['[onnward] The checkpoints do not get to the store: Access denied.'],
    });
  });
});

describe('a host that goes away', () => {
  test('brings the checkpoints out, waits for the last one, and leaves no result', async () => {
    await fetch();
    trainer.now = { state: 'running' };
    const leaving = new AbortController();
    const ending = agent({ signal: leaving.signal, pace: { ...PACE, leaveMs: 3000 } });
    leave('checkpoints/epoch-1', '1');
    await new Promise((resolve) => setTimeout(resolve, 250));
    leaving.abort();
    await vi.waitFor(async () => expect(await snapshotNumbers(store, ID)).toHaveLength(1), { timeout: 5000 });
    leave('checkpoints/on-sigterm', '2');
    trainer.exit(0); // it has saved what it has, and ends well
    expect(await ending).toBe(143);
    expect(await snapshotNumbers(store, ID)).toEqual([1, 2]);
    expect(await result()).toBeUndefined();
  });

  test('does not wait for a trainer that hears nothing', async () => {
    await fetch();
    trainer.now = { state: 'running', stopping: true };
    leave('checkpoints/epoch-1', '1');
    expect(await agent()).toBe(143);
    expect(await snapshotNumbers(store, ID)).toEqual([1]);
  });

  test('has nothing to wait for where the trainer was never begun', async () => {
    await fetch();
    const started = performance.now();
    expect(await agent({ signal: AbortSignal.abort(), pace: { ...PACE, leaveMs: 60_000 } })).toBe(143);
    expect(performance.now() - started).toBeLessThan(10_000);
  });

  test.each([143, 137, 130])('may have ended the trainer with %d before its agent hears of it', async (code) => {
    await fetch();
    trainer.exit(code);
    const ending = agent();
    setTimeout(() => trainer.exit(code, { stopping: true }), 20);
    expect(await ending).toBe(143);
    expect(await result()).toBeUndefined();
  });

  test('leaves the training to a later one, which goes on with what was printed before the checkpoint', async () => {
    await fetch();
    trainer.now = { state: 'running' };
    const first = agent();
    trainer.print('loss=3', 'loss=2');
    leave('checkpoints/epoch-2', '2');
    await vi.waitFor(async () => expect((await progress())?.checkpoint).toBeDefined(), { timeout: 5000 });
    trainer.print('loss=1.5');
    await vi.waitFor(async () => expect((await progress())?.metrics).toHaveLength(3), { timeout: 5000 });
    trainer.exit(143, { stopping: true });
    expect(await first).toBe(143);
    base = newFolder();
    trainer = new FakeTrainer();
    const { attempt, seconds, restored } = await fetch();
    expect([attempt, restored?.snapshot]).toEqual([2, 1]);
    expect(seconds).toBeGreaterThan(0);
    trainer.print('loss=1');
    trainer.exit(0);
    expect(await agent()).toBe(0);
    const ended = await result();
    expect(ended).toMatchObject({ outcome: 'succeeded', attempts: 2, metrics: { loss: 1 } });
    expect(ended?.seconds).toBeGreaterThanOrEqual(seconds);
    expect((await progress())?.metrics.map(({ value }) => value)).toEqual([3, 2, 1]);
  });
});

describe('two jobs of one training', () => {
  const theirs = () => store.put(attemptKey(ID, 2), encode({ at: 'now' }));
  const modelFiles = () => store.keys.filter((key) => key.includes('/model/'));
  const taking = (at: number, attempt = 2) =>
    store.put(takingOutKey(ID), encode({ at: new Date(at).toISOString(), attempt }));

  test('that both end well leave one result, and none begins again', async () => {
    const begin = async (run: string) => {
      const mine = newFolder();
      await fetchInputs({ store, training: ID, base: mine, run, inputs: async () => inputsOf(store) });
      mkdirSync(layoutOf(mine).model, { recursive: true });
      writeFileSync(join(layoutOf(mine).model, 'model.onnx'), run);
      return { base: mine, run };
    };
    const jobs = [await begin('A-1'), await begin('B-1')];
    trainer.exit(0);
    expect(await Promise.all(jobs.map((job) => agent(job)))).toEqual([0, 0]);
    const [left] = (await result())?.model ?? [];
    const kept = (await store.get('training/digits-t1/model/model.onnx'))?.bytes as Uint8Array;
    expect(left?.sha256).toBe(createHash('sha256').update(kept).digest('hex'));
    expect(store.keys.filter((key) => /attempts\/\d/.test(key))).toHaveLength(2);
  });

  test('have that of the first that is whole, though the other one was begun later', async () => {
    await fetch();
    leave('model/model.onnx', 'm');
    await theirs();
    trainer.exit(0);
    expect(await agent()).toBe(0);
    expect(await result()).toMatchObject({ attempts: 1, model: [leftFile('model.onnx', 'm')] });
  });

  test.each([1, 143])('leave it to the later one what the earlier one fails at with %d', async (code) => {
    await fetch();
    leave('model/model.onnx', 'stale');
    await theirs();
    trainer.exit(code);
    expect(await agent()).toBe(1);
    expect([await result(), modelFiles()]).toEqual([undefined, []]);
  });

  test('end with the result of the one, which the other hears of while it trains', async () => {
    await fetch();
    trainer.now = { state: 'running' };
    const ending = agent();
    await store.put(documentKey(ID, 'result'), encode({ outcome: 'succeeded', exitCode: 0 }));
    expect(await ending).toBe(0);
    expect([trainer.stopped, modelFiles()]).toEqual([1, []]);
  });

  test('wait for who takes out and is alive, and write nothing meanwhile', async () => {
    await fetch();
    leave('model/model.onnx', 'm');
    await theirs();
    trainer.exit(0);
    const beating = setInterval(() => void taking(Date.now()), 5);
    await taking(Date.now());
    const ending = agent({ pace: { ...PACE, turnMs: 30 } });
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(modelFiles()).toEqual([]);
    await store.put(documentKey(ID, 'result'), encode({ outcome: 'succeeded', exitCode: 0 }));
    expect(await ending).toBe(0);
    clearInterval(beating);
    expect(modelFiles()).toEqual([]);
  });

  test('take over from one that has died of taking out', async () => {
    await fetch();
    leave('model/model.onnx', 'm');
    await theirs();
    await taking(Date.now());
    trainer.exit(0);
    expect(await agent({ pace: { ...PACE, turnMs: 10 } })).toBe(0);
    expect(await result()).toMatchObject({ attempts: 1, model: [leftFile('model.onnx', 'm')] });
  });

  test('that was taken for dead while it takes out writes no result beside the other one', async () => {
    await fetch();
    leave('model/model.onnx', 'm');
    trainer.exit(0);
    let taken = false;
    const deposing = watched(store, async (verb, key) => {
      if (verb !== 'write' || !key.endsWith('model.onnx') || taken) return;
      taken = true;
      await taking(Date.now() + 60_000);
    });
    const ending = agent({ store: deposing, pace: { ...PACE, turnMs: 20 } });
    await vi.waitFor(() => expect(taken).toBe(true));
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(await result()).toBeUndefined();
    await store.put(documentKey(ID, 'result'), encode({ outcome: 'succeeded', exitCode: 0, attempts: 2 }));
    expect(await ending).toBe(0);
    expect((await result())?.attempts).toBe(2);
  });

  test('wait no longer than their host is there', async () => {
    await fetch();
    await theirs();
    await taking(Date.now() + 60_000);
    trainer.exit(0);
    const leaving = new AbortController();
    const ending = agent({ signal: leaving.signal });
    setTimeout(() => leaving.abort(), 100);
    expect(await ending).toBe(143);
    expect(await result()).toBeUndefined();
  });
});

describe('a training that is to be stopped', () => {
  test('has its trainer told, and what it has left taken out', async () => {
    await fetch();
    trainer.now = { state: 'running' };
    const ending = agent();
    await stop();
    await vi.waitFor(() => expect(trainer.stopped).toBe(1));
    leave('model/model.onnx', 'so far');
    trainer.exit(143);
    expect(await ending).toBe(143);
    expect(await result()).toMatchObject({
      outcome: 'stopped',
      exitCode: 143,
      model: [leftFile('model.onnx', 'so far')],
    });
    expect((await result())?.failure).toBeUndefined();
    expect((await progress())?.lines).toEqual(['[onnward] It is to be stopped: too slow']);
  });

  test('is so also where its host is told before its agent has looked', async () => {
    await fetch();
    trainer.now = { state: 'running' };
    await stop();
    leave('model/model.onnx', 'so far');
    expect(await agent({ signal: AbortSignal.abort() })).toBe(143);
    expect(await result()).toMatchObject({ outcome: 'stopped', model: [{ path: 'model.onnx' }] });
  });
});

describe('a result that stands', () => {
  test('is not written again: the exit code is its own', async () => {
    await fetch();
    leave('model/model.onnx', 'm');
    trainer.exit(0);
    await agent();
    const first = await result();
    leave('model/model.onnx', 'of a trainer that was begun once more');
    trainer.exit(9);
    expect(await agent()).toBe(0);
    expect(await result()).toEqual(first);
    expect(Buffer.from((await store.get('training/digits-t1/model/model.onnx'))!.bytes).toString()).toBe('m');
  });
});

describe('a store that', () => {
  /** Fails the first `times` calls that write below the training. */
  const failing = (times: number, code: string): ObjectStore => {
    let left = times;
    return watched(store, (verb, key) => {
      if ((verb === 'write' || verb === 'put') && !key.endsWith('progress.json') && left-- > 0)
        throw new OnnwardError('No.', { code, kind: 'unavailable' });
    });
  };

  test('does not answer for a while loses nothing', async () => {
    await fetch();
    leave('model/model.onnx', 'm');
    trainer.exit(0);
    expect(await agent({ store: failing(3, 'store.unreachable'), pace: { ...PACE, patienceMs: 20_000 } })).toBe(0);
    expect((await result())?.model).toEqual([leftFile('model.onnx', 'm')]);
  });

  test('refuses the model leaves no result that names it', async () => {
    await fetch();
    leave('model/model.onnx', 'm');
    trainer.exit(0);
    await expect(agent({ store: failing(9, 'store.access_denied') })).rejects.toMatchObject({
      code: 'store.access_denied',
    });
    expect(await result()).toBeUndefined();
  });
});

test('a log that cannot be read is said once, and the training goes on', async () => {
  await fetch();
  trainer.now = { state: 'running' };
  trainer.lines = () => Promise.reject(new Error('access denied'));
  const ending = agent();
  await vi.waitFor(async () => expect((await progress())?.lines).toHaveLength(1));
  leave('model/model.onnx', 'm');
  trainer.exit(0);
  expect(await ending).toBe(0);
  expect((await progress())?.lines).toEqual([
    expect.stringMatching(/^\[onnward\] The trainer's log cannot be read.*access denied/),
  ]);
});

test('who does not answer how the trainer stands is asked again', async () => {
  await fetch();
  let asked = 0;
  trainer.status = () =>
    ++asked < 5 ? Promise.reject(new Error('timeout')) : Promise.resolve({ state: 'exited', exitCode: 0 });
  expect(await agent()).toBe(0);
});

test.each([0, 4])(
  'a machine behind the first one ends as its trainer does, with %d, and records nothing',
  async (code) => {
    await fetch();
    const before = store.keys;
    leave('checkpoints/c', 'c');
    trainer.exit(code);
    expect(await agent({ nodes: { index: 1, count: 2, main: 0 } })).toBe(code);
    expect(store.keys).toEqual(before);
  },
);
