import * as fc from 'fast-check';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { TrafficCounts } from '#adapters/local/traffic/counts.ts';
import { observed, readSnapshots } from '#adapters/local/traffic/snapshot.ts';
import { openStore } from '#adapters/stores.ts';
import type { ObjectStore } from '#core/ports.ts';
import { newFolder } from '../../../support/folders.ts';

const AT = Date.UTC(2026, 0, 2);
const DIVISION = { release: 'm-r1', sequence: 7, champion: 1, challenger: 2 };
const noWay = (): number => 0;

const newStore = () => openStore(`file:${join(newFolder(), 'store')}`);

const countsOf = (store: ObjectStore, server = 's1') => new TrafficCounts({ store, clock: () => AT, server });

const answered = (version: number | undefined, { status = 200, ms = 1, model = 'm', errorCode = '' } = {}) => ({
  model,
  version,
  status,
  errorCode: errorCode || undefined,
  ms,
});

const feedback = (version: number, correct: boolean | undefined, model = 'm') => ({
  model,
  version,
  target: String(version),
  correct,
});

describe('what a server counts of a split', () => {
  test('is by version, written as one document', async () => {
    const store = await newStore();
    const counts = countsOf(store);
    counts.divided('m', DIVISION, noWay);
    for (const ms of [1, 2, 3]) counts.record(answered(1, { ms }));
    counts.record(answered(1, { status: 429 }));
    counts.record(answered(2, { ms: 8 }));
    counts.record(answered(2, { status: 503 }));
    counts.record(answered(2, { status: 400, errorCode: 'request.shape' }));
    counts.record(answered(2, { status: 400, errorCode: 'model.run_failed' }));
    counts.missed('m');
    counts.died('m');
    counts.recordFeedback(feedback(1, true));
    counts.recordFeedback(feedback(2, false));
    counts.recordFeedback(feedback(2, undefined));
    await counts.close();
    const [snapshot, ...others] = await readSnapshots(store, 'm-r1', 7);
    expect(others).toEqual([]);
    expect(snapshot).toMatchObject({
      format: 1,
      server: 's1',
      at: '2026-01-02T00:00:00.000Z',
      deaths: 1,
      champion: { version: 1, requests: 4, errors: 0, missed: 0, labelled: 1, correct: 1 },
      challenger: { version: 2, requests: 4, errors: 2, missed: 1, labelled: 1, correct: 0 },
    });
    expect(observed([snapshot!], 'champion').latencies.sumMs).toBe(7);
  });

  test('is nothing of other models, other versions, requests that no version answered, or while nothing is divided', async () => {
    const store = await newStore();
    const counts = countsOf(store);
    counts.record(answered(1));
    counts.divided('m', DIVISION, noWay);
    counts.record(answered(1, { model: 'other' }));
    counts.record(answered(3));
    counts.record(answered(undefined, { status: 404 }));
    counts.record({ ...answered(1), model: undefined });
    counts.recordFeedback(feedback(1, true, 'other'));
    counts.recordFeedback(feedback(3, true));
    counts.missed('other');
    counts.undivided('m');
    counts.record(answered(1));
    counts.missed('m');
    await counts.close();
    const [snapshot] = await readSnapshots(store, 'm-r1', 7);
    const none = { requests: 0, errors: 0, missed: 0, labelled: 0, correct: 0, latencies: { buckets: [], sumMs: 0 } };
    expect(snapshot).toMatchObject({ champion: none, challenger: none });
  });

  test('is without the way to the challenger, and never less than no time', async () => {
    const store = await newStore();
    const counts = countsOf(store);
    let transferMs = 3;
    counts.divided('m', DIVISION, () => transferMs);
    counts.record(answered(1, { ms: 10 }));
    counts.record(answered(2, { ms: 10 }));
    transferMs = 40;
    counts.record(answered(2, { ms: 10 }));
    await counts.close();
    const snapshots = await readSnapshots(store, 'm-r1', 7);
    expect(observed(snapshots, 'champion').latencies.sumMs).toBe(10);
    expect(observed(snapshots, 'challenger').latencies.sumMs).toBe(7);
  });

  test('begins anew with each state of the record, and what was counted before stays', async () => {
    const store = await newStore();
    const counts = countsOf(store);
    counts.divided('m', DIVISION, noWay);
    counts.record(answered(2));
    counts.divided('m', { ...DIVISION, sequence: 8 }, noWay);
    counts.record(answered(1));
    await counts.close();
    const requests = async (sequence: number) =>
      (await readSnapshots(store, 'm-r1', sequence)).map(({ champion, challenger }) => [
        champion.requests,
        challenger.requests,
      ]);
    expect([await requests(7), await requests(8), await requests(9)]).toEqual([[[0, 1]], [[1, 0]], []]);
  });

  test('is written while it goes on, and only where it has changed', async () => {
    const store = await newStore();
    let writes = 0;
    const watched: ObjectStore = Object.create(store, {
      put: {
        value: (...given: Parameters<ObjectStore['put']>) => {
          writes += 1;
          return store.put(...given);
        },
      },
    });
    const counts = countsOf(watched);
    counts.divided('m', DIVISION, noWay);
    const written = async () => observed(await readSnapshots(store, 'm-r1', 7), 'champion').requests;
    await expect.poll(() => writes).toBe(1);
    counts.record(answered(1));
    await expect.poll(written).toBe(1);
    await new Promise((resolve) => setTimeout(resolve, 600));
    expect(writes).toBe(2);
    await counts.close();
    expect(writes).toBe(2);
  });

  test('survives a store that cannot be written for a while', async () => {
    const store = await newStore();
    let broken = true;
    const failing: ObjectStore = Object.create(store, {
      put: {
        value: (...given: Parameters<ObjectStore['put']>) =>
          broken ? Promise.reject(new Error('the disk is full')) : store.put(...given),
      },
    });
    const warned = new Promise<Error>((resolve) => process.once('warning', resolve));
    const counts = countsOf(failing);
    counts.divided('m', DIVISION, noWay);
    counts.record(answered(1));
    expect((await warned).message).toBe('Counts of m-r1 could not be written: the disk is full');
    broken = false;
    await expect.poll(async () => (await readSnapshots(store, 'm-r1', 7))[0]?.champion.requests).toBe(1);
    await counts.close();
  });
});

test('what several servers have counted adds up to what one would have', async () => {
  const request = fc.record({
    server: fc.constantFrom('a', 'b', 'c'),
    version: fc.constantFrom(1, 2),
    status: fc.constantFrom(200, 400, 500, 503),
    ms: fc.double({ min: 0.01, max: 5000, noNaN: true }),
    correct: fc.option(fc.boolean(), { nil: undefined }),
    missed: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(request, { maxLength: 40 }), async (requests) => {
      const [several, single] = await Promise.all([newStore(), newStore()]);
      const servers = new Map(['a', 'b', 'c'].map((server) => [server, countsOf(several, server)]));
      const one = countsOf(single);
      for (const each of [one, ...servers.values()]) each.divided('m', DIVISION, noWay);
      for (const { server, version, status, ms, correct, missed } of requests) {
        for (const each of [one, servers.get(server)!]) {
          each.record(answered(version, { status, ms }));
          each.recordFeedback(feedback(version, correct));
          if (missed) each.missed('m');
        }
      }
      await Promise.all([one, ...servers.values()].map((each) => each.close()));
      const [together, alone] = [await readSnapshots(several, 'm-r1', 7), await readSnapshots(single, 'm-r1', 7)];
      expect(together).toHaveLength(3);
      for (const side of ['champion', 'challenger'] as const) {
        const [merged, expected] = [observed(together, side), observed(alone, side)];
        expect({ ...merged, latencies: merged.latencies.toJSON().buckets }).toEqual({
          ...expected,
          latencies: expected.latencies.toJSON().buckets,
        });
        const version = side === 'champion' ? 1 : 2;
        const missed = side === 'champion' ? 0 : requests.filter((each) => each.missed).length;
        const own = requests.filter((each) => each.version === version);
        expect(merged.requests).toBe(own.length + missed);
        expect(merged.errors).toBe(own.filter(({ status }) => status >= 500).length + missed);
      }
    }),
    { numRuns: 25 },
  );
});

test('what is no snapshot of ours is said to be none', async () => {
  const store = await newStore();
  await store.put('releases/m-r1/traffic/7/s.json', Buffer.from('{"format":2}'));
  await expect(readSnapshots(store, 'm-r1', 7)).rejects.toMatchObject({ code: 'store.corrupt' });
  await store.put('releases/m-r1/traffic/7/s.json', Buffer.from('half'));
  await expect(readSnapshots(store, 'm-r1', 7)).rejects.toMatchObject({ code: 'store.corrupt' });
});
