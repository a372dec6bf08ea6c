import { cpSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import type { TrainingOptions } from '#core/training/options.ts';
import { isThere, kill, Place } from './support/place.ts';
import { DESCENT, waiting } from './support/trainers.ts';
import { root } from '../repository/sources.ts';

const EPOCHS = 100;
const SCRIPT = /^goes on from epoch (\d+)$/;

/** A training of some seconds, on real data; a pause behind each epoch changes nothing of what it comes to. */
async function descent(place: Place, pause: number): Promise<void> {
  mkdirSync(place.path('data'), { recursive: true });
  cpSync(join(root, 'test/fixtures/release/heldout.csv'), place.path('data/heldout.csv'));
  const options: TrainingOptions = {
    hyperparameters: { epochs: EPOCHS, seed: 7, pause },
    channels: { training: `file:${place.path('data')}/` },
    metrics: [
      { name: 'loss', regex: 'loss=([0-9.e-]+);' },
      { name: 'epoch', regex: 'epoch=([0-9]+) ' },
      { name: 'begun at', regex: 'goes on from epoch ([0-9]+)' },
    ],
    checkpointEvery: 1,
  };
  await place.jobs.submit(await place.training(DESCENT, options));
}

/** Waits until there is a newer snapshot of the checkpoints in the store, and some more epochs were trained in vain. */
async function inTheMiddle(place: Place, last?: string): Promise<void> {
  await place.eventually(async () => {
    const { checkpoint: at, phase } = (await place.progress()) ?? {};
    return phase === 'training' && at !== last ? at : undefined;
  });
  await sleep(300);
}

interface Numbers {
  readonly loss: number;
  readonly weights: string;
  readonly own: { readonly accuracy: number; readonly loss: number };
}

/** What came of it: numbers to the last digit. */
async function numbers(place: Place): Promise<Numbers> {
  const { metrics } = await place.result();
  expect(metrics['epoch']).toBe(EPOCHS);
  return {
    loss: metrics['loss'] as number,
    weights: await place.model('weights.json'),
    own: JSON.parse(await place.model('metrics.json')) as Numbers['own'],
  };
}

async function removed(place: Place): Promise<void> {
  rmSync(place.records.workingFolder('digits-t1'), { recursive: true, force: true });
}

async function killed(place: Place): Promise<void> {
  const { pid } = await place.supervisor();
  kill(pid);
  await place.eventually(async () => (isThere(pid) ? undefined : true));
}

describe('a training whose host goes away ends with the same numbers as one that nobody disturbs', () => {
  /** The epochs from which it went on. */
  async function goneOn(disturb: readonly ((place: Place) => Promise<void>)[]): Promise<number[]> {
    const undisturbed = await Place.open();
    await descent(undisturbed, 0);
    const place = await Place.open();
    await descent(place, 0.15);
    const begun: number[] = [];
    let checkpoint: string | undefined;
    for (const [index, lose] of disturb.entries()) {
      await inTheMiddle(place, checkpoint);
      await lose(place);
      await place.eventually(async () => {
        await place.jobs.status('digits-t1'); // whoever asks starts what is lost anew
        return (await place.progress())?.attempt === index + 2 ? true : undefined;
      });
      begun.push(Number(SCRIPT.exec(await place.printed(SCRIPT))?.[1]));
      // A snapshot may have been taken after the one that was waited for: this is what it went on from, or a newer one.
      checkpoint = (await place.progress())?.checkpoint;
    }
    const attempts = disturb.length + 1;
    expect(await place.ended()).toMatchObject({ state: 'succeeded', attempts });
    expect(await place.result()).toMatchObject({ attempts });
    await place.eventually(async () => {
      const left = await Array.fromAsync(place.store.list('checkpoints/'));
      return left.length === 0 ? true : undefined;
    });
    expect(await undisturbed.ended()).toMatchObject({ state: 'succeeded', attempts: 1 });
    const expected = await numbers(undisturbed);
    expect(expected.own.accuracy).toBeGreaterThan(0.9);
    expect(await numbers(place)).toEqual(expected);
    return begun;
  }

  test('where its supervisor is killed and its whole folder deleted, twice', async () => {
    const lose = async (place: Place): Promise<void> => {
      await killed(place);
      await removed(place);
    };
    const [first = 0, second = 0] = await goneOn([lose, lose]);
    expect(first).toBeGreaterThan(0);
    expect(second).toBeGreaterThan(first);
    expect(second).toBeLessThan(EPOCHS);
  });

  test('where only its supervisor is killed', async () => {
    expect((await goneOn([killed]))[0]).toBeGreaterThan(0);
  });

  test('where only its folder is deleted', async () => {
    expect((await goneOn([removed]))[0]).toBeGreaterThan(0);
  });
});

describe('a supervisor that is killed', () => {
  const pidIn = async (place: Place): Promise<number> => Number((await place.printed(/^pid \d+$/)).slice(4));

  test('takes its trainer with it', async () => {
    const place = await Place.open();
    await place.jobs.submit(await place.training(waiting('pass')));
    const trainer = await pidIn(place);
    expect(isThere(trainer)).toBe(true);
    kill((await place.supervisor()).pid);
    await expect.poll(() => isThere(trainer), { timeout: 5_000 }).toBe(false);
  });

  test('three times in a row is lost, and nothing runs on; whoever submits it again gives it three more', async () => {
    const place = await Place.open();
    const training = await place.training(waiting('sys.exit(0)'));
    await place.jobs.submit(training);
    const trainers: number[] = [];
    for (const attempt of [1, 2, 3]) {
      expect(await place.jobs.status('digits-t1')).toMatchObject({ state: 'running', attempts: attempt });
      trainers.push(
        await place.eventually(async () => {
          const [line] = (await place.progress())?.lines.filter((each) => /^pid \d+$/.test(each)) ?? [];
          const pid = Number(line?.slice(4));
          return line !== undefined && !trainers.includes(pid) ? pid : undefined;
        }),
      );
      await killed(place);
    }
    const lost = { state: 'lost', attempts: 3, reason: expect.stringContaining('3 times') as string };
    expect(await place.ended()).toMatchObject(lost);
    expect(await place.ended()).toMatchObject(lost);
    await expect.poll(() => trainers.some(isThere), { timeout: 10_000 }).toBe(false);
    expect(await place.jobs.submit(training)).toBe('digits-t1');
    expect(await place.jobs.status('digits-t1')).toMatchObject({ state: 'running', attempts: 4 });
    await place.printed('waiting');
    await place.stop('enough');
    await place.ended();
  });

  test('is begun again once, however many look', async () => {
    const place = await Place.open();
    await place.jobs.submit(await place.training(waiting('sys.exit(0)')));
    await place.printed('waiting');
    await killed(place);
    const looks = await Promise.all(Array.from({ length: 6 }, () => place.jobs.status('digits-t1')));
    expect(looks.map((status) => status?.attempts)).toEqual([2, 2, 2, 2, 2, 2]);
    expect(await place.supervisor()).toMatchObject({ attempts: 2 });
  });

  test('leaves no worker that has a session of its own', async () => {
    const place = await Place.open();
    const worker = 'import os, time; print("worker", os.getpid(), flush=True); time.sleep(60)';
    const script = `
import subprocess, sys, time
subprocess.Popen([sys.executable, '-c', ${JSON.stringify(worker)}], start_new_session=True)
time.sleep(60)`;
    await place.jobs.submit(await place.training(script));
    const pid = Number((await place.printed(/^worker \d+$/)).slice('worker '.length));
    await killed(place);
    await place.jobs.status('digits-t1');
    expect(isThere(pid)).toBe(false);
  });

  test('whose number another process has by now is not taken for it', async () => {
    const place = await Place.open();
    await place.jobs.submit(await place.training(waiting('sys.exit(0)')));
    await place.printed('waiting');
    const record = await place.supervisor();
    kill(record.pid);
    await expect.poll(() => isThere(record.pid), { timeout: 10_000 }).toBe(false);
    // As if this process, which is older, had got its number.
    const supervisor = record.supervisor.replace(`.${record.pid}-`, `.${process.ppid}-`);
    expect(supervisor).not.toBe(record.supervisor);
    await place.records.update('digits-t1', { supervisor, pid: process.ppid });
    expect(await place.jobs.status('digits-t1')).toMatchObject({ state: 'running', attempts: 2 });
    expect(isThere(process.ppid)).toBe(true);
  });
});
