import { beforeEach, describe, expect, test } from 'vitest';
import { accountJob } from '#core/batch/account.ts';
import { encode } from '#core/documents.ts';
import { readShards } from '#core/batch/drives.ts';
import { cancelJob, listJobs, readJob } from '#core/batch/jobs.ts';
import { manifestKey, outPrefix } from '#core/batch/keys.ts';
import type { BatchManifest, Receipt } from '#core/batch/plan.ts';
import { scoreShard } from '#core/batch/score-shard.ts';
import { verifyJob } from '#core/batch/verify-job.ts';
import type { ObjectStore } from '#core/ports.ts';
import { watched } from '../../support/stores.ts';
import {
  contentOf,
  driveJob,
  manifestOf,
  newPlace,
  OPTIONS,
  type Place,
  planned,
  runJob,
  table,
} from './support/place.ts';

let place: Place;
let time: number;
beforeEach(async () => {
  time = Date.UTC(2026, 10, 22);
  place = await newPlace({ clock: () => (time += 1000) });
});

const request = (name: string, rows: number | string = 1490) => ({
  model: 'echo',
  inputs: [place.file(name, rows)],
  options: OPTIONS,
});

describe('a job tells how it stands:', () => {
  test('planned, running, pending, running again, done', async () => {
    const first = await planned(place.world, request('a.csv'));
    const { job } = first;
    const states = async () => {
      const { state, progress } = await readJob(place.store, job);
      return [state, progress.shards, progress.scored];
    };
    expect(await states()).toEqual(['planned', 0, 0]);
    const shards = await readShards(place.store, job);
    await scoreShard(place.world, { job, drive: 1, shard: shards[0]! });
    expect(await states()).toEqual(['running', 1, expect.any(Number)]);
    await driveJob(place.world, first, ({ index }) => index === 3);
    expect((await states()).slice(0, 2)).toEqual(['pending', 4]);
    const second = await planned(place.world, { job }, 'second');
    expect((await states()).slice(0, 2)).toEqual(['running', 4]);
    await driveJob(place.world, second);
    expect(await states()).toEqual(['done', 5, 1490]);
  });

  test('no receipt is read twice by who looks again', async () => {
    const { job } = await planned(place.world, request('a.csv'));
    const seen = new Map<number, Receipt>();
    const reads: string[] = [];
    const counting = watched(place.store, (verb, key) => {
      if (verb === 'get' && key.includes('receipts')) reads.push(key);
    });
    for (const shard of await readShards(place.store, job)) {
      await scoreShard(place.world, { job, drive: 1, shard });
      await readJob(counting, job, seen);
    }
    expect(reads).toHaveLength(5);
    expect(new Set(reads).size).toBe(5);
  });

  test('cancelled, by whom; and a job that is done cannot be', async () => {
    const first = await planned(place.world, request('a.csv'));
    await cancelJob(place.store, first.job, { at: '2026-11-22T00:00:00.000Z', actor: 'ada' });
    expect((await readJob(place.store, first.job)).stop).toMatchObject({ reason: 'cancelled', actor: 'ada' });
    await driveJob(place.world, first);
    expect(await readJob(place.store, first.job)).toMatchObject({ state: 'cancelled', progress: { shards: 0 } });
    await driveJob(place.world, await planned(place.world, { job: first.job }, 'second'));
    expect(await cancelJob(place.store, first.job, { at: 'now' })).toBeUndefined();
    expect(await readJob(place.store, first.job)).toMatchObject({ state: 'done' });
  });

  test('there is no such job', async () => {
    for (const job of ['0000000000000000', '..', '']) {
      await expect(readJob(place.store, job)).rejects.toMatchObject({ code: 'batch.no_job' });
    }
  });
});

test('jobs are listed, the latest first, those that were refused too', async () => {
  const first = await runJob(place.world, request('a.csv'));
  const second = await runJob(place.world, request('b.xls'));
  const third = await planned(place.world, request('c.csv', 100));
  await place.store.put('batch/jobs/lost+found/x', new Uint8Array());
  const listed = (await listJobs(place.store)).map(({ job, state }) => ({ job, state }));
  expect(listed).toEqual([{ job: third.job, state: 'planned' }, second, first]);
});

test('jobs are listed without what there is of each shard and each column', async () => {
  await runJob(
    place.world,
    request(
      'a.csv',
      table(1490, (row) => row % 400 === 399),
    ),
  );
  await driveJob(place.world, await planned(place.world, request('b.csv')), ({ index }) => index === 1);
  const listed = await listJobs(place.store);
  expect(listed.map(({ state, manifest }) => [state, manifest?.rows.in])).toEqual([
    ['pending', 1490],
    ['done', 1490],
  ]);
  for (const status of listed) {
    expect(Object.keys(status.manifest!)).not.toEqual(
      expect.arrayContaining([expect.stringMatching(/^(parts|pending|quarantine|inputs)$/)]),
    );
    expect(status.plan.inputs).toMatchObject([{ format: 'csv', size: expect.any(Number) as number }]);
    expect(status.plan.inputs[0]).not.toHaveProperty('heading');
  }
});

describe('the manifest', () => {
  test('of fewer receipts never takes the place of one of more', async () => {
    const first = await planned(place.world, request('a.csv'));
    await driveJob(place.world, first);
    const done = await contentOf(place.store, manifestKey(first.job));
    const world = { ...place.world, store: behind(place.store) };
    expect(await accountJob(world, { job: first.job, drive: 1 })).toMatchObject({ state: 'done' });
    expect(await contentOf(place.store, manifestKey(first.job))).toEqual(done);
  });

  describe('of an earlier drive that comes late', () => {
    /** A job whose second drive was cancelled, after the clock of its machine was put back. */
    async function cancelled() {
      const first = await planned(place.world, request('a.csv'));
      const { job } = first;
      await driveJob(place.world, first, ({ index }) => index > 1);
      const second = await planned(place.world, { job }, 'second');
      expect(await readJob(place.store, job)).toMatchObject({ state: 'running' });
      await cancelJob(place.store, job, { at: 'then', reason: 'the wrong file' });
      time = 0;
      await driveJob(place.world, second);
      expect(await readJob(place.store, job)).toMatchObject({ state: 'cancelled', manifest: { drive: 2 } });
      return job;
    }

    test('says nothing of the job at as many receipts', async () => {
      const job = await cancelled();
      expect(await accountJob(place.world, { job, drive: 1 })).toEqual({ state: 'cancelled', job });
      expect(await readJob(place.store, job)).toMatchObject({ state: 'cancelled', manifest: { drive: 2 } });
    });

    test('adds its receipts, and no verdict', async () => {
      const job = await cancelled();
      const shards = await readShards(place.store, job);
      await scoreShard(place.world, { job, drive: 1, shard: shards[3]! });
      expect(await accountJob(place.world, { job, drive: 1 })).toEqual({ state: 'cancelled', job });
      expect(await manifestOf(place.store, job)).toMatchObject({
        drive: 2,
        receipts: 3,
        refusal: { message: 'the wrong file' },
      });
    });

    test('ends the job where all is scored', async () => {
      const job = await cancelled();
      for (const shard of await readShards(place.store, job)) await scoreShard(place.world, { job, drive: 1, shard });
      expect(await accountJob(place.world, { job, drive: 1 })).toEqual({ state: 'done', job });
      const { drive, refusal } = await manifestOf(place.store, job);
      expect([drive, refusal]).toEqual([1, undefined]);
    });

    test('hides no drive that is under way', async () => {
      const first = await planned(place.world, request('a.csv'));
      const { job } = first;
      await planned(place.world, { job }, 'second');
      time = Date.UTC(2027, 1, 1);
      await driveJob(place.world, first, ({ index }) => index > 1);
      expect(await readJob(place.store, job)).toMatchObject({ state: 'running', manifest: { drive: 1 } });
    });
  });

  /** The store, as somebody saw it when there were three receipts. */
  const behind = (store: ObjectStore): ObjectStore => ({
    ...watched(store, () => undefined),
    async *list(prefix, after) {
      let count = 0;
      for await (const object of store.list(prefix, after)) {
        if (prefix.endsWith('receipts/') && ++count > 3) return;
        yield object;
      }
    },
  });

  test('is told to who listens, once for each time that it is written', async () => {
    const states: string[] = [];
    const rows: number[] = [];
    const world = {
      ...place.world,
      onManifest: ({ state }: BatchManifest) => void states.push(state),
      onReceipt: (receipt: Receipt) => void rows.push(receipt.rows),
    };
    const first = await planned(world, request('a.csv'));
    await driveJob(world, first, ({ index }) => index === 0);
    await driveJob(world, first);
    await accountJob(world, { job: first.job, drive: 1 });
    expect(states).toEqual(['pending', 'done']);
    expect(rows.reduce((sum, count) => sum + count, 0)).toBe(1490);
  });

  test('says what it took, and what that cost', async () => {
    let now = 0;
    const world = { ...place.world, now: () => (now += 100) };
    const { job } = (await runJob(world, request('a.csv'))) as { job: string };
    const { seconds, rowsPerSecond, usdPerMillionRows } = await manifestOf(place.store, job);
    expect(seconds).toBeCloseTo(0.5, 6);
    expect(rowsPerSecond).toBe(2980);
    expect(usdPerMillionRows).toBeGreaterThan(0);
  });
});

describe('verifying', () => {
  async function done(text: string = table(1490, (row) => row % 400 === 399)) {
    const { job } = (await runJob(place.world, request('a.csv', text))) as { job: string };
    return { job, manifest: await manifestOf(place.store, job) };
  }
  const codes = async (job: string) => (await verifyJob(place.store, job)).map(({ code }) => code);
  const rewrite = async (job: string, change: (manifest: BatchManifest) => object) =>
    place.store.put(manifestKey(job), encode(change(await manifestOf(place.store, job))));

  test('finds nothing in a job that nobody touched, pending or done', async () => {
    const { job } = await done();
    expect(await verifyJob(place.store, job)).toEqual([]);
    const half = await planned(place.world, request('b.csv'));
    await driveJob(place.world, half, ({ index }) => index === 1);
    expect(await verifyJob(place.store, half.job)).toEqual([]);
  });

  test('finds a part that was touched, or is gone', async () => {
    const { job, manifest } = await done();
    await place.store.put(manifest.parts[2]!.key, Buffer.from('other'));
    expect(await verifyJob(place.store, job)).toMatchObject([{ code: 'part.touched', key: manifest.parts[2]!.key }]);
    await rewrite(job, ({ parts, ...rest }) => ({
      ...rest,
      parts: parts.map((part, index) => (index === 2 ? { ...part, key: `${outPrefix('echo', job)}gone` } : part)),
    }));
    expect(await codes(job)).toEqual(['part.missing']);
  });

  test('finds sums that are not those of the parts, or of the receipts', async () => {
    const { job } = await done();
    const { rows } = await manifestOf(place.store, job);
    await rewrite(job, (manifest) => ({ ...manifest, rows: { ...rows, scored: rows.scored + 1, in: rows.in! + 1 } }));
    expect(await codes(job)).toEqual(['batch.sums', 'batch.sums']);
    await rewrite(job, (manifest) => ({ ...manifest, rows: { ...rows, in: rows.in! + 1 } }));
    expect(await codes(job)).toEqual(['batch.sums']);
    await rewrite(job, (manifest) => ({ ...manifest, rows, parts: manifest.parts.slice(1) }));
    expect(await codes(job)).toEqual(['batch.sums']);
  });

  test('finds shards that nobody speaks of', async () => {
    const first = await planned(place.world, request('a.csv'));
    await driveJob(place.world, first, ({ index }) => index === 1);
    await rewrite(first.job, (manifest) => ({ ...manifest, pending: [] }));
    expect(await codes(first.job)).toContain('batch.sums');
  });

  test('says of a job under way that it is not finished', async () => {
    const first = await planned(place.world, request('a.csv'));
    expect(await codes(first.job)).toEqual(['batch.unfinished']);
    await driveJob(place.world, first, ({ index }) => index === 1);
    const shards = await readShards(place.store, first.job);
    await scoreShard(place.world, { job: first.job, drive: 2, shard: shards[1]! });
    expect(await codes(first.job)).toEqual(['batch.behind']);
  });
});
