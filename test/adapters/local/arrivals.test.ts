import { appendFileSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test, type TestContext } from 'vitest';
import { watchArrivals } from '#adapters/local/arrivals.ts';
import { openStore } from '#adapters/stores.ts';
import type { ArrivalEvent } from '#core/batch/events.ts';
import { newFolder } from '../../support/folders.ts';

type Finished = TestContext['onTestFinished'];

/** Watches a store of its own; `arrived` has the keys in the order in which they came. */
async function watching(finished: Finished, onArrival: (key: string) => Promise<void> = async () => undefined) {
  const folder = newFolder();
  const store = await openStore(`file:${folder}`);
  const stop = new AbortController();
  const events: ArrivalEvent[] = [];
  const watch = watchArrivals(store, {
    signal: stop.signal,
    onArrival: async (event) => {
      events.push(event);
      await onArrival(event.detail.object.key);
    },
  });
  const watcher = {
    store,
    events,
    arrived: () => events.map(({ detail }) => detail.object.key.slice('batch/in/'.length)),
    inside: (path: string) => join(folder, 'batch/in', path),
    stop: async () => {
      stop.abort();
      await watch;
    },
    put: (path: string, text = 'a\n1\n') => {
      mkdirSync(join(folder, 'batch/in', path, '..'), { recursive: true });
      writeFileSync(join(folder, 'batch/in', path), text);
    },
  };
  finished(() => watcher.stop());
  return watcher;
}

const PATIENCE = { timeout: 10_000 };

describe.concurrent('what comes to rest below batch/in/', () => {
  test('a file is told once it is at rest, as S3 tells of an object', async ({ onTestFinished }) => {
    const { put, arrived, events, store } = await watching(onTestFinished);
    put('iris/a ö+%20.csv');
    await expect.poll(arrived, PATIENCE).toEqual(['iris/a ö+%20.csv']);
    expect(events).toEqual([
      {
        'detail-type': 'Object Created',
        detail: { bucket: { name: store.url }, object: { key: 'batch/in/iris/a ö+%20.csv' } },
      },
    ]);
  });

  test('a file that is being written is waited for', async ({ onTestFinished }) => {
    const { put, arrived, inside } = await watching(onTestFinished);
    put('iris/a.csv');
    for (let i = 0; i < 8; i++) {
      await sleep(300);
      appendFileSync(inside('iris/a.csv'), `${i}\n`);
      expect(arrived()).toEqual([]);
    }
    await expect.poll(arrived, PATIENCE).toEqual(['iris/a.csv']);
  });

  test('a file that is written anew is told again, and one that stays is not', async ({ onTestFinished }) => {
    const { put, arrived } = await watching(onTestFinished);
    put('iris/a.csv');
    put('iris/b.csv');
    await expect.poll(arrived, PATIENCE).toHaveLength(2);
    put('iris/a.csv', 'a\n1\n2\n');
    await expect.poll(arrived, PATIENCE).toEqual(['iris/a.csv', 'iris/b.csv', 'iris/a.csv']);
    await sleep(1_500);
    expect(arrived()).toHaveLength(3);
  });

  test('drafts, options, what is hidden, links and what is of no model are left alone', async ({ onTestFinished }) => {
    const { put, arrived, inside } = await watching(onTestFinished);
    const drafts = ['a.csv.part', 'b.CSV.TMP', 'c.csv.crdownload', 'd.csv~', '.e.csv', '.f/g.csv', 'h.csv.batch.json'];
    for (const name of drafts) put(`iris/${name}`);
    put('loose.csv');
    symlinkSync(inside('loose.csv'), inside('iris/link.csv'));
    put('iris/sub/z.csv');
    await expect.poll(arrived, PATIENCE).toEqual(['iris/sub/z.csv']);
    renameSync(inside('iris/a.csv.part'), inside('iris/a.csv'));
    await expect.poll(arrived, PATIENCE).toEqual(['iris/sub/z.csv', 'iris/a.csv']);
  });

  test('one file is told after the other, whatever becomes of it', async ({ onTestFinished }) => {
    let now = 0;
    let most = 0;
    const { put, arrived } = await watching(onTestFinished, async (key) => {
      most = Math.max(most, ++now);
      await sleep(50);
      now -= 1;
      if (key.endsWith('b.csv')) throw new Error('on purpose');
    });
    for (const name of ['a', 'b', 'c']) put(`iris/${name}.csv`);
    await expect.poll(arrived, PATIENCE).toEqual(['iris/a.csv', 'iris/b.csv', 'iris/c.csv']);
    expect(most).toBe(1);
  });

  test('the folder may go and come back', async ({ onTestFinished }) => {
    const { put, arrived, inside } = await watching(onTestFinished);
    put('iris/a.csv');
    await expect.poll(arrived, PATIENCE).toEqual(['iris/a.csv']);
    rmSync(inside('.'), { recursive: true });
    await sleep(100);
    put('iris/b.csv');
    await expect.poll(arrived, PATIENCE).toEqual(['iris/a.csv', 'iris/b.csv']);
  });

  test('it ends at once where nothing is done, and else after what is done', async ({ onTestFinished }) => {
    const idle = await watching(onTestFinished);
    const begun = performance.now();
    await idle.stop();
    expect(performance.now() - begun).toBeLessThan(1_000);
    let ended = false;
    const busy = await watching(onTestFinished, async () => {
      await sleep(300);
      ended = true;
    });
    busy.put('iris/a.csv');
    busy.put('iris/b.csv');
    await expect.poll(busy.arrived, PATIENCE).toEqual(['iris/a.csv']);
    await busy.stop();
    expect(ended).toBe(true);
    expect(busy.arrived()).toEqual(['iris/a.csv']);
  });
});
