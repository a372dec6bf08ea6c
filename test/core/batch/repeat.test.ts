import { createHash } from 'node:crypto';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { openStore } from '#adapters/stores.ts';
import { accountJob } from '#core/batch/account.ts';
import type { BatchRequest } from '#core/batch/events.ts';
import { scoreShard } from '#core/batch/score-shard.ts';
import type { BatchWorld, OutputShape } from '#core/batch/world.ts';
import { readShards } from '#core/batch/drives.ts';
import type { ObjectStore } from '#core/ports.ts';
import { newFolder } from '../../support/folders.ts';
import { type Death, mortal, untilDone } from './support/mortal.ts';
import { contentOf, manifestOf, newPlace, OPTIONS, type Place, plan, runJob, table } from './support/place.ts';

let place: Place;
let request: BatchRequest;
let undisturbed: { left: Record<string, string>; writes: number };

/** A job of five shards, of which three have bad rows, with a store of its own and its user's deaths. */
async function run(deaths: readonly Death[], work: (world: BatchWorld) => Promise<unknown>) {
  const { store, writes } = mortal(await openStore(`file:${join(newFolder(), 'store')}`), deaths);
  await work({ ...place.world, store });
  return { store, left: await resultsOf(store), writes: writes() };
}

/** But for why attempts failed: of one that is killed there is no such record, of one whose store fails there is. */
async function resultsOf(store: ObjectStore): Promise<Record<string, string>> {
  const left = Object.entries(await contentOf(store, 'batch/'));
  return Object.fromEntries(left.filter(([key]) => !key.includes('/failures/')));
}

/** A killed workflow starts anew from its beginning, under its own name. */
const whole = (world: BatchWorld) => untilDone(() => runJob(world, request));

beforeAll(async () => {
  place = await newPlace();
  const url = place.file(
    'a.csv',
    table(1490, (row) => row % 400 === 399),
  );
  request = { model: 'echo', inputs: [url], options: OPTIONS };
  undisturbed = await run([], whole);
});

test('an undisturbed job has parts, quarantine, receipts and a manifest that adds up', async () => {
  const job = Object.keys(undisturbed.left)[0]!.split('/')[2]!;
  const { store } = await run([], whole);
  const { rows, state, parts, quarantine } = await manifestOf(store, job);
  expect({ rows, state }).toEqual({ state: 'done', rows: { in: 1490, scored: 1487, quarantined: 3, pending: 0 } });
  expect([parts.length, quarantine.length]).toEqual([5, 3]);
  expect(undisturbed.writes).toBeGreaterThan(20);
});

describe('whoever is killed and starts anew leaves the very same bytes:', () => {
  test.each([false, true])('at every write once (done by then: %s)', async (done) => {
    for (let write = 0; write < undisturbed.writes; write++) {
      const { left } = await run([{ write, done }], whole);
      expect(left, `killed at write ${write}`).toEqual(undisturbed.left);
    }
  });

  test('at any writes, again and again', async () => {
    const deaths = fc.uniqueArray(fc.record({ write: fc.nat(60), done: fc.boolean() }), {
      selector: ({ write }) => write,
      maxLength: 25,
    });
    await fc.assert(
      fc.asyncProperty(deaths, async (some) => {
        expect((await run(some, whole)).left).toEqual(undisturbed.left);
      }),
      { numRuns: 8 },
    );
  });
});

test('tasks that are done twice, at once and in any order, leave the very same bytes', async () => {
  const order = fc.array(fc.nat(4), { minLength: 5, maxLength: 12 });
  await fc.assert(
    fc.asyncProperty(order, async (some) => {
      const { left } = await run([], async (world) => {
        await Promise.all([plan(world, request), plan(world, request)]);
        const [first] = Object.keys(await contentOf(world.store, 'batch/jobs/'));
        const job = first!.split('/')[2]!;
        const shards = await readShards(world.store, job);
        const scored = [...some, 0, 1, 2, 3, 4].map((index) => ({ job, drive: 1, shard: shards[index]! }));
        await Promise.all(scored.slice(0, 4).map((event) => scoreShard(world, event)));
        await accountJob(world, { job, drive: 1 });
        for (const event of scored) await scoreShard(world, event);
        await Promise.all([accountJob(world, { job, drive: 1 }), accountJob(world, { job, drive: 1 })]);
      });
      expect(left).toEqual(undisturbed.left);
    }),
    { numRuns: 8 },
  );
});

test('a receipt tells of the files that stand, where every attempt makes other bytes', async () => {
  let attempts = 0;
  const writers = Object.fromEntries(
    (['csv', 'jsonl', 'parquet'] as const).map((format) => [
      format,
      (shape: OutputShape) => {
        const writer = place.world.writers[format](shape);
        const end = Buffer.from(`attempt ${attempts++}\n`);
        return { ...writer, end: () => end };
      },
    ]),
  ) as unknown as BatchWorld['writers'];
  let deaths = 0;
  for (let write = 0; write < undisturbed.writes; write++) {
    const { store } = await run([{ write, done: true }], (world) => whole({ ...world, writers }));
    const [job = ''] = await Array.fromAsync(store.folders('batch/jobs/'));
    const { parts, quarantine } = await manifestOf(store, job);
    for (const { key, size, sha256 } of [...parts, ...quarantine]) {
      const { bytes } = (await store.get(key))!;
      expect([bytes.length, createHash('sha256').update(bytes).digest('hex')], key).toEqual([size, sha256]);
    }
    deaths += 1;
  }
  expect(attempts).toBeGreaterThan(5 * deaths);
});

test('a worker that comes late changes nothing that a receipt tells of', async () => {
  const { left } = await run([], async (world) => {
    await whole(world);
    const [job = ''] = await Array.fromAsync(world.store.folders('batch/jobs/'));
    const [shard] = await readShards(world.store, job);
    const jsonl = (shape: OutputShape) => ({ ...world.writers.csv(shape), end: () => Buffer.from('other bytes') });
    // It has looked for the receipt before there was one.
    const blind = {
      ...world.store,
      get: async (key: string) => (key.includes('receipts') ? undefined : world.store.get(key)),
    };
    await scoreShard(
      { ...world, store: blind, writers: { ...world.writers, csv: jsonl } },
      { job, drive: 1, shard: shard! },
    ).catch(() => undefined);
  });
  expect(left).toEqual(undisturbed.left);
});
