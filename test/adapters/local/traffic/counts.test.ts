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
/** Of two sides that are asked nothing that they have not answered, and a challenger that is no way off. */
const AT_REST = { transferMs: () => 0, waiting: () => [] };

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
    counts.divided('m', DIVISION, AT_REST);
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
      champion: { version: 1, requests: 4, errors: 1, refused: 0, missed: 0, labelled: 1, correct: 1 },
      challenger: { version: 2, requests: 4, errors: 2, refused: 1, missed: 1, labelled: 1, correct: 0 },
    });
    // Only of those that were answered: three of the champion, one of the challenger.
    const [champion, challenger] = [observed([snapshot!], 'champion'), observed([snapshot!], 'challenger')];
    expect([champion.latencies.count, champion.latencies.sumMs]).toEqual([3, 6]);
    expect([challenger.latencies.count, challenger.latencies.sumMs]).toEqual([1, 8]);
    expect(challenger).toMatchObject({ requests: 5, errors: 3, refused: 1 });
  });

  test('is nothing of other models, other versions, requests that no version answered, or while nothing is divided', async () => {
    const store = await newStore();
    const counts = countsOf(store);
    counts.record(answered(1));
    counts.divided('m', DIVISION, AT_REST);
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
    const none = {
      requests: 0,
      errors: 0,
      refused: 0,
      missed: 0,
      labelled: 0,
      correct: 0,
      latencies: { buckets: [], sumMs: 0 },
    };
    expect(snapshot).toMatchObject({ champion: none, challenger: none });
  });

  test('is without the way to the challenger, and never less than no time', async () => {
    const store = await newStore();
    const counts = countsOf(store);
    let transferMs = 3;
    counts.divided('m', DIVISION, { transferMs: () => transferMs, waiting: () => [] });
    counts.record(answered(1, { ms: 10 }));
    counts.record(answered(2, { ms: 10 }));
    transferMs = 40;
    counts.record(answered(2, { ms: 10 }));
    await counts.close();
    const snapshots = await readSnapshots(store, 'm-r1', 7);
    expect(observed(snapshots, 'champion').latencies.sumMs).toBe(10);
    expect(observed(snapshots, 'challenger').latencies.sumMs).toBe(7);
  });

  test.each([
    ['no room', 429, 'model.overloaded'],
    ['a run that fails', 400, 'model.run_failed'],
    ['a deadline that has passed', 504, 'model.deadline'],
    ['a process that is gone', 503, 'challenger.gone'],
    ['a defect', 500, 'internal.unforeseen'],
  ])('is no quick answer of a version that refuses all for %s', async (_, status, errorCode) => {
    const store = await newStore();
    const counts = countsOf(store);
    counts.divided('m', DIVISION, AT_REST);
    for (let request = 0; request < 10; request++) counts.record(answered(2, { status, errorCode, ms: 0.01 }));
    await counts.close();
    const challenger = observed(await readSnapshots(store, 'm-r1', 7), 'challenger');
    expect(challenger).toMatchObject({ requests: 10, errors: 10, refused: 0 });
    expect(challenger.latencies.count).toBe(0);
  });

  test('has requests that wait, as slow as they are old, on either side; they count once when they are answered', async () => {
    const store = await newStore();
    const counts = countsOf(store);
    const ages: Record<number, number[]> = { 1: [5], 2: [400, 800] };
    counts.divided('m', DIVISION, { transferMs: () => 100, waiting: (version) => ages[version]! });
    const sides = async () => {
      const snapshots = await readSnapshots(store, 'm-r1', 7);
      return [observed(snapshots, 'champion'), observed(snapshots, 'challenger')] as const;
    };
    await expect.poll(async () => (await sides())[1].latencies.sumMs).toBe(1000);
    const [champion, challenger] = await sides();
    expect([champion.requests, champion.errors, champion.latencies.sumMs]).toEqual([1, 0, 5]);
    expect([challenger.requests, challenger.errors, challenger.latencies.count]).toEqual([2, 0, 2]);
    // They are older with each write, though nothing is answered.
    ages[2] = [700, 1100];
    await expect.poll(async () => (await sides())[1].latencies.sumMs).toBe(1600);
    ages[1] = [];
    ages[2] = [];
    counts.record(answered(2, { ms: 2100 }));
    counts.record(answered(2, { status: 504, ms: 30_000 }));
    await counts.close();
    const [, ended] = await sides();
    expect([ended.requests, ended.errors, ended.latencies.sumMs]).toEqual([2, 1, 2000]);
  });

  test('begins anew with each state of the record, and what was counted before stays', async () => {
    const store = await newStore();
    const counts = countsOf(store);
    counts.divided('m', DIVISION, AT_REST);
    counts.record(answered(2));
    counts.divided('m', { ...DIVISION, sequence: 8 }, AT_REST);
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
    counts.divided('m', DIVISION, AT_REST);
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
    counts.divided('m', DIVISION, AT_REST);
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
    status: fc.constantFrom(200, 400, 413, 429, 500, 503, 504),
    ms: fc.double({ min: 0.01, max: 5000, noNaN: true }),
    correct: fc.option(fc.boolean(), { nil: undefined }),
    missed: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(request, { maxLength: 40 }), async (requests) => {
      const [several, single] = await Promise.all([newStore(), newStore()]);
      const servers = new Map(['a', 'b', 'c'].map((server) => [server, countsOf(several, server)]));
      const one = countsOf(single);
      for (const each of [one, ...servers.values()]) each.divided('m', DIVISION, AT_REST);
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
        const failures = own.filter(({ status }) => status >= 500 || status === 429);
        expect(merged.errors).toBe(failures.length + missed);
        expect(merged.refused).toBe(own.filter(({ status }) => status === 400 || status === 413).length);
        expect(merged.latencies.count).toBe(own.filter(({ status }) => status === 200).length);
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
