import { setTimeout as sleep } from 'node:timers/promises';
import { beforeEach, expect, test } from 'vitest';
import { ProgressWriter } from '#adapters/jobs/progress-writer.ts';
import { readDocument } from '#core/documents.ts';
import type { Progress } from '#core/training/documents.ts';
import { progressKey } from '#core/training/keys.ts';
import { MemoryStore } from '../../support/memory-store.ts';
import { watched } from '../../support/stores.ts';

let now: number;
let writes: number;
let memory: MemoryStore;

beforeEach(() => {
  [now, writes, memory] = [1_000_000, 0, new MemoryStore()];
});

const written = () => readDocument<Progress>(memory, progressKey('digits-t1'));
const said = (done: number, seconds = 0) => ({
  phase: 'training' as const,
  attempt: 1,
  done,
  metrics: [],
  lines: [],
  seconds,
});

function writer(before: () => Promise<void> | void = () => undefined): ProgressWriter {
  const store = watched(memory, (verb) => {
    if (verb === 'put') writes++;
    return before();
  });
  return new ProgressWriter({ store, training: 'digits-t1', everyMs: 2000, clock: () => now });
}

async function offer(to: ProgressWriter, done: number, seconds?: number): Promise<void> {
  to.offer(() => said(done, seconds));
  await sleep(1);
}

test('progress is written when it is new, and no oftener than it may be', async () => {
  const to = writer();
  await offer(to, 1);
  await offer(to, 2);
  expect([writes, (await written())?.done]).toEqual([1, 1]);
  now += 1999;
  await offer(to, 3);
  expect(writes).toBe(1);
  now += 1;
  await offer(to, 4);
  expect([writes, (await written())?.done, (await written())?.at]).toEqual([2, 4, new Date(now).toISOString()]);
});

test('progress is written less often later, and four times a minute at least', async () => {
  const to = writer();
  const written: number[] = [];
  for (const hour of [0, 1, 2]) {
    now = 1_000_000 + hour * 3_600_000;
    writes = 0;
    for (let second = 0; second < 120; second++) {
      await offer(to, hour * 1000 + second);
      now += 1000;
    }
    written.push(writes);
  }
  expect(written).toEqual([60, 8, 8]);
});

test('that time goes by is nothing new, but for once a minute', async () => {
  const to = writer();
  for (let second = 0; second < 130; second++) {
    await offer(to, 1, second);
    now += 1000;
  }
  expect([writes, (await written())?.seconds]).toEqual([3, 120]);
});

test('a write that hangs holds nothing up, and its end is waited for', async () => {
  let letGo: () => void = () => undefined;
  const to = writer(() => new Promise<void>((resolve) => (letGo = resolve)));
  await offer(to, 1);
  now += 10_000;
  await offer(to, 2);
  expect(writes).toBe(1);
  const closing = to.close(said(3));
  letGo();
  await sleep(1);
  letGo();
  await closing;
  expect([writes, (await written())?.done]).toEqual([2, 3]);
});

test('what cannot be written is left', async () => {
  const to = writer(() => {
    throw new Error('no');
  });
  await offer(to, 1);
  await to.close(said(2));
  expect(await written()).toBeUndefined();
});
