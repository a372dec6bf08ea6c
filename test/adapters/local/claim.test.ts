import { mkdtemp, rm } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { withClaim } from '#adapters/local/claim.ts';
import { FolderStore } from '#adapters/local/folder-store.ts';
import type { ObjectStore } from '#core/ports.ts';

const KEY = 'claims/work.json';
/** Larger than any process id that a system gives. */
const NOBODY = 2 ** 30;

let folder: string;
let store: ObjectStore;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'onnward-claim-'));
  store = await FolderStore.open(folder);
});
afterEach(() => rm(folder, { recursive: true }));

const claimed = (claim: object): Promise<string> => store.put(KEY, Buffer.from(JSON.stringify(claim)));

test('one works at a time, and each gets its turn', async () => {
  let inside = 0;
  let most = 0;
  let done = 0;
  const work = async (): Promise<void> => {
    most = Math.max(most, ++inside);
    await sleep(20);
    inside--;
    done++;
  };
  await Promise.all(Array.from({ length: 6 }, () => withClaim(store, KEY, work)));
  expect({ most, done }).toEqual({ most: 1, done: 6 });
});

test('work that fails gives the claim back', async () => {
  await expect(withClaim(store, KEY, () => Promise.reject(new Error('no luck')))).rejects.toThrow('no luck');
  await expect(withClaim(store, KEY, async () => undefined)).resolves.toBeUndefined();
});

test.each([
  ['whose process is gone', () => ({ host: hostname(), pid: NOBODY, at: Date.now() })],
  ['that is a minute old', () => ({ host: 'elsewhere', pid: 1, at: Date.now() - 61_000 })],
  ['that was given back', () => ({ host: 'elsewhere', pid: 1, at: 0 })],
])('a claim %s counts no more', async (_, claim) => {
  await claimed(claim());
  let worked = false;
  await withClaim(store, KEY, async () => void (worked = true));
  expect(worked).toBe(true);
});

test.each([
  ['of a living process', () => ({ host: hostname(), pid: process.pid, at: Date.now() })],
  ['of another machine', () => ({ host: 'elsewhere', pid: NOBODY, at: Date.now() })],
])('a claim %s is waited for', async (_, claim) => {
  await claimed(claim());
  let worked = false;
  const waiting = withClaim(store, KEY, async () => void (worked = true));
  await sleep(250);
  expect(worked).toBe(false);
  await claimed({ ...claim(), at: 0 });
  await waiting;
  expect(worked).toBe(true);
});
