import { describe, expect, test } from 'vitest';
import { summaryOf } from '#core/batch/failures.ts';
import { driveShards, lastDrive } from '#core/batch/drives.ts';
import { readJob } from '#core/batch/jobs.ts';
import { failureKey, failuresPrefix } from '#core/batch/keys.ts';
import type { PendingShard } from '#core/batch/plan.ts';
import { scoreShard } from '#core/batch/score-shard.ts';
import type { BatchWorld } from '#core/batch/world.ts';
import { invalid, OnnwardError } from '#core/errors.ts';
import { watched } from '../../support/stores.ts';
import { contentOf, driveJob, manifestOf, newPlace, OPTIONS, planned } from './support/place.ts';
import { linesFormat } from './support/lines.ts';

const gzip = invalid('input.gzip', 'a.csv.gz is cut off.', { fix: 'Compress it again.' });
const down = new OnnwardError('it is down', { code: 'aws.unreachable', kind: 'unavailable' });

/** A job of five shards, whose shard 2 fails with this. */
async function failing(error: () => unknown) {
  const place = await newPlace();
  const asked = { model: 'echo', inputs: [place.file('a.csv', 1490)], options: OPTIONS };
  const answer = await planned(place.world, asked);
  const shards = await driveShards(place.store, answer.job, 1);
  const start = (part: object) => ('start' in part ? part.start : undefined);
  const csv: typeof linesFormat = {
    ...linesFormat,
    rows(source, request) {
      const reason = start(request.part) === start(shards[2]!.part) && error();
      if (reason) throw reason as Error;
      return linesFormat.rows(source, request);
    },
  };
  const world: BatchWorld = { ...place.world, formats: { ...place.world.formats, csv } };
  const score = () => scoreShard(world, { job: answer.job, drive: 1, shard: shards[2]! });
  return { ...place, world, answer, job: answer.job, score, shards };
}

describe('a shard that fails', () => {
  test('for what cannot be read is not tried again, and says why', async () => {
    const { score, world, answer, store, job } = await failing(() => gzip);
    expect(await score()).toEqual({});
    expect(await driveJob(world, answer)).toMatchObject({ state: 'pending' });
    const reason = { code: 'input.gzip', message: 'a.csv.gz is cut off.', fix: 'Compress it again.' };
    const { manifest } = await readJob(store, job);
    expect(manifest!.pending).toMatchObject([{ shard: { index: 2 }, reason }]);
    expect(manifest!.reasons).toEqual([{ ...reason, shards: 1 }]);
  });

  test.each<[string, unknown]>([
    ['for what may be better at the next try', down],
    ['for a file of the job', new OnnwardError('it is broken', { code: 'store.corrupt', kind: 'corrupt' })],
  ])('%s is thrown, and says why', async (_, error) => {
    const { score, store, job } = await failing(() => error);
    await expect(score()).rejects.toBe(error);
    const { code, message } = error as OnnwardError;
    const [text = ''] = Object.values(await contentOf(store, failuresPrefix(job, 1)));
    expect(JSON.parse(text)).toMatchObject({ code, message });
  });

  test('for nothing that anybody foresaw tells only what that is called', async () => {
    const { score, store, job } = await failing(() => new TypeError("Cannot read 'Ada Lovelace'"));
    await expect(score()).rejects.toThrow(TypeError);
    const left = JSON.stringify(await contentOf(store, failuresPrefix(job, 1)));
    expect(left).toContain('TypeError');
    expect(left).not.toContain('Ada');
  });

  test('keeps the reason of its first attempt, and none once it is scored', async () => {
    const errors: unknown[] = [down, new RangeError('second'), undefined];
    const { score, world, answer, store, job } = await failing(() => errors.shift());
    await expect(score()).rejects.toBe(down);
    await expect(score()).rejects.toThrow(RangeError);
    expect(Object.keys(await contentOf(store, failuresPrefix(job, 1)))).toEqual([failureKey(job, 1, 2)]);
    expect(await driveJob(world, answer)).toMatchObject({ state: 'done' });
    const { reasons, pending } = await manifestOf(store, job);
    expect([reasons, pending]).toEqual([undefined, []]);
    expect(await lastDrive(store, job)).toMatchObject({ drive: 1 });
  });

  test('fails with its own error where the reason cannot be kept', async () => {
    const { world, job, shards, store } = await failing(() => down);
    const full = watched(store, (verb, key) => {
      if (verb === 'put' && key.includes('failures')) throw new Error('the disk is full');
    });
    await expect(scoreShard({ ...world, store: full }, { job, drive: 1, shard: shards[2]! })).rejects.toBe(down);
  });

  test('says so of its own drive, and a damaged record says nothing', async () => {
    const { score, world, answer, store, job } = await failing(() => gzip);
    await score();
    const second = await planned(world, { job }, 'second');
    await driveJob(world, second, ({ index }) => index === 2);
    expect((await manifestOf(store, job)).pending).toEqual([
      { shard: expect.anything() as object, rows: expect.any(Number) as number },
    ]);
    await store.put(failureKey(job, 2, 2), Buffer.from('{'));
    await driveJob(world, { ...answer, drive: 2 }, () => true);
    expect((await manifestOf(store, job)).reasons).toBeUndefined();
  });
});

test('reasons are told once each, the most frequent first', () => {
  const shard = { index: 0, input: 0, part: { kind: 'whole' } } as const;
  const reasons = ['a', 'b', 'b', undefined].map((code, index) => code && { code, message: `${index}` });
  const pending = reasons.map((reason) => ({ shard, ...(reason && { reason }) })) as PendingShard[];
  expect(summaryOf(pending)).toEqual([
    { code: 'b', message: '1', shards: 2 },
    { code: 'a', message: '0', shards: 1 },
  ]);
  expect(summaryOf([{ shard }])).toBeUndefined();
});
