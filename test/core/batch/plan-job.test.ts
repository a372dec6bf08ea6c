import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openInputs } from '#adapters/inputs.ts';
import type { ArrivalEvent, JobRequest } from '#core/batch/events.ts';
import { cancelJob } from '#core/batch/jobs.ts';
import { planJob } from '#core/batch/plan-job.ts';
import type { BatchWorld } from '#core/batch/world.ts';
import { csvWriter } from '#core/batch/output/csv.ts';
import { OnnwardError } from '#core/errors.ts';
import type { ObjectStat } from '#core/ports.ts';
import { echoModel } from '../../contracts/echo-model.ts';
import { floats } from '../../support/models.ts';
import { draft, source } from '../../support/versions.ts';
import {
  contentOf,
  driveJob,
  manifestOf,
  newPlace,
  OPTIONS,
  type Place,
  plan,
  planned,
  planOf,
  runJob,
  SIGNATURE,
  table,
} from './support/place.ts';

type JobAnswer = { readonly state: string; readonly job: string };

const requestOf = (url: string, more: Partial<JobRequest> = {}): JobRequest => ({
  model: 'echo',
  inputs: [url],
  options: OPTIONS,
  ...more,
});

/** Puts an object into the store's own folder, as whoever drops a file there, and tells of it. */
function arrive({ folder, store }: Place, key: string, text: string, more: object = {}): ArrivalEvent {
  const path = join(folder, 'store', key);
  writeFileSync(path, text);
  return arrivalOf(store.url, key, more);
}

const arrivalOf = (bucket: string, key: string, more: object = {}): ArrivalEvent => ({
  'detail-type': 'Object Created',
  detail: { bucket: { name: bucket }, object: { key, size: 1, ...more } },
});

async function newInbox(more: Partial<BatchWorld> = {}): Promise<Place> {
  const place = await newPlace({ optionsOf: () => OPTIONS, ...more });
  await place.store.put('batch/in/echo/.keep', new Uint8Array());
  return place;
}

/** The refusal of a job that was not begun, from its manifest. */
async function refusalOf(place: Place, answer: object): Promise<{ code: string; message: string }> {
  expect(answer).toMatchObject({ state: 'refused' });
  const { refusal, state } = await manifestOf(place.store, (answer as JobAnswer).job);
  expect(state).toBe('refused');
  return refusal!;
}

describe('a job that is asked for', () => {
  test('is planned once: who asks again hears that it is begun, and then that it is done', async () => {
    const place = await newPlace();
    const request = requestOf(place.file('a.csv', 100));
    const first = await planned(place.world, request, 'first');
    expect(await plan(place.world, request, 'second')).toEqual({ state: 'duplicate', job: first.job });
    expect(await plan(place.world, request, 'first')).toEqual(first);
    await driveJob(place.world, first);
    expect(await plan(place.world, request, 'second')).toEqual({ state: 'done', job: first.job });
  });

  test('is another one with other options, another version of the model, or of the file', async () => {
    const place = await newPlace();
    const request = requestOf(place.file('a.csv', 100));
    const jobs = new Set<string>();
    const plans = async (asked: JobRequest, execution: string) =>
      jobs.add((await planned(place.world, asked, execution)).job);
    await plans(request, '1');
    await plans({ ...request, options: { id: 'id', join: true } }, '2');
    await place.world.registry.register(
      'echo',
      draft('', { signature: SIGNATURE, sources: [source('model.onnx', '2')] }),
    );
    await plans({ ...request, model: 'echo:2' }, '3');
    place.file('a.csv', 101);
    await plans(request, '4');
    expect(jobs.size).toBe(4);
  });

  test('is scored by the version that was live when it was planned', async () => {
    const place = await newPlace();
    const answer = await planned(place.world, requestOf(place.file('a.csv', 100)));
    await place.world.registry.register(
      'echo',
      draft('', { signature: SIGNATURE, sources: [source('model.onnx', '2')] }),
    );
    await place.world.registry.setAlias('echo', 'live', 2, { force: true });
    await driveJob(place.world, answer);
    expect((await manifestOf(place.store, answer.job)).model).toEqual({ name: 'echo', version: 1 });
  });

  test('takes its options from the request, then from beside the input, then from the configuration', async () => {
    const place = await newPlace({ optionsOf: () => ({ concurrency: 7, errorBudget: 0.5, id: 'nothing' }) });
    const url = place.file('a.csv', 100);
    place.file('a.csv.batch.json', JSON.stringify({ id: 'id', errorBudget: 0.25 }));
    const { job, concurrency } = await planned(place.world, requestOf(url, { options: { errorBudget: 0.1 } }));
    expect(concurrency).toBe(7);
    expect((await planOf(place.store, job)).options).toEqual({ concurrency: 7, errorBudget: 0.1, id: 'id' });
  });

  test('is another one where options beside the input or in the configuration have changed, and only then', async () => {
    let configured = {};
    const place = await newPlace({ optionsOf: () => configured });
    const url = place.file('a.csv', 100);
    const nameOf = async (options: object = OPTIONS) =>
      ((await plan(place.world, requestOf(url, { options }))) as JobAnswer).job;
    const first = await nameOf();
    place.file('a.csv.batch.json', '{"join": true}');
    const joined = await nameOf();
    expect(joined).not.toBe(first);
    expect((await planOf(place.store, joined)).options).toMatchObject({ join: true });
    configured = { errorBudget: 0.5 };
    const lenient = await nameOf();
    expect(new Set([first, joined, lenient]).size).toBe(3);
    expect(await nameOf({ ...OPTIONS, errorBudget: 0.01 })).toBe(joined);
    place.file('a.csv.batch.json', '{"join": false, "multiline": true, "format": "csv", "exact": false}');
    configured = { layout: 'parts', missing: 'refuse' };
    expect(await nameOf()).toBe(first);
    expect(await nameOf({ ...OPTIONS, format: 'jsonl' })).not.toBe(first);
  });

  test('of a prefix reads all tables below it', async () => {
    const place = await newPlace();
    place.file('day/2.csv', 10);
    place.file('day/deep/1.csv', 10);
    place.file('day/readme.txt', 'none');
    const url = place.file('day/3.csv', 10).replace('3.csv', '');
    const { job } = await planned(place.world, requestOf(url));
    expect((await planOf(place.store, job)).inputs.map(({ key }) => key)).toEqual(['2.csv', '3.csv', 'deep/1.csv']);
  });

  test('says who asked', async () => {
    const place = await newPlace();
    const { job } = await planned(place.world, requestOf(place.file('a.csv', 10), { actor: 'ada' }));
    expect((await planOf(place.store, job)).actor).toBe('ada');
  });
});

describe('what cannot be begun is recorded, with the reason:', () => {
  test.each<[string, string, (place: Place) => JobRequest]>([
    ['batch.no_model', 'Did you mean echo?', ({ file }) => requestOf(file('a.csv', 10), { model: 'ecko' })],
    ['batch.no_model', 'no version 7', ({ file }) => requestOf(file('a.csv', 10), { model: 'echo:7' })],
    ['batch.no_model', 'is not a model name', ({ file }) => requestOf(file('a.csv', 10), { model: 'Echo!' })],
    ['batch.columns', "no column 'name'", ({ file }) => requestOf(file('a.csv', 10), { options: { id: 'name' } })],
    ['batch.columns', 'The model takes x', ({ file }) => requestOf(file('a.csv', 10), { options: {} })],
    ['batch.no_format', 'does not say how', ({ file }) => requestOf(file('a.xls', 10))],
    ['batch.no_input', 'nothing that can be scored', ({ file }) => requestOf(file('x/a.txt', '').replace('a.txt', ''))],
    [
      'batch.all_bad',
      'row.value',
      ({ file }) =>
        requestOf(
          file(
            'a.csv',
            table(10, () => true),
          ),
        ),
    ],
    ['input.not_found', 'b.csv', ({ file }) => requestOf(file('a.csv', 10).replace('a.csv', 'b.csv'))],
    [
      'batch.over_cap',
      'more than 0',
      ({ file }) => requestOf(file('a.csv', 10), { options: { ...OPTIONS, costCap: 0 } }),
    ],
  ])('%s: %s', async (code, message, asked) => {
    const place = await newPlace();
    const refusal = await refusalOf(place, await runJob(place.world, asked(place)));
    expect(refusal.code).toBe(code);
    expect(refusal.message).toContain(message);
  });

  test('the cost cap refuses with the estimate, before anything is cut', async () => {
    const place = await newPlace();
    const request = requestOf(place.file('a.csv', 1000), { options: { ...OPTIONS, costCap: 0 } });
    const { job } = (await runJob(place.world, request)) as JobAnswer;
    const { estimate } = await planOf(place.store, job);
    expect(estimate).toMatchObject({ rows: 1000, exact: true });
    expect(estimate.usd).toBeGreaterThan(0);
    expect(Object.keys(await contentOf(place.store, 'batch/')).filter((key) => key.includes('shards'))).toEqual([]);
  });

  test('a shard that takes longer than a worker may is refused only where a worker has a limit', async () => {
    let now = 0;
    const slow = { now: () => (now += 60_000) };
    const limited = await newPlace({ ...slow, price: { memory: 1769, architecture: 'arm64', limitSeconds: 900 } });
    const refusal = await refusalOf(limited, await runJob(limited.world, requestOf(limited.file('a.csv.gz', 3000))));
    expect(refusal).toMatchObject({
      code: 'batch.too_slow',
      fix: expect.stringMatching(/^Unpack it, split it .*`--on queue`\.$/) as string,
    });
    const free = await newPlace(slow);
    expect(await runJob(free.world, requestOf(free.file('a.csv.gz', 3000)))).toMatchObject({ state: 'done' });
  });

  test('a model whose outputs have not a row for each of its inputs is refused', async () => {
    const signature = { ...SIGNATURE, outputs: [{ name: 'y', datatype: 'FP32' as const, shape: [3] }] };
    const infer = () => Promise.resolve([floats([3], [1, 2, 3])]);
    const place = await newPlace({
      writers: { csv: csvWriter, jsonl: csvWriter, parquet: csvWriter },
      model: () => Promise.resolve({ ...echoModel(signature), infer }),
    });
    await place.world.registry.register('echo', draft('', { signature, sources: [source('model.onnx', '2')] }));
    const refusal = await refusalOf(
      place,
      await runJob(place.world, requestOf(place.file('a.csv', 10), { model: 'echo:2' })),
    );
    expect(refusal).toMatchObject({ code: 'batch.outputs' });
  });

  test('once the reason is gone, the same request is planned', async () => {
    const place = await newPlace();
    const url = place.file('a.csv', 100);
    place.file('a.csv.batch.json', '{"id": "nr"}');
    const request = requestOf(url, { options: {} });
    const refused = (await runJob(place.world, request)) as JobAnswer;
    expect(await refusalOf(place, refused)).toMatchObject({ code: 'batch.columns' });
    place.file('a.csv.batch.json', '{"id": "id"}');
    const done = (await runJob(place.world, request, 'again')) as JobAnswer;
    expect(done.state).toBe('done');
    expect(done.job).not.toBe(refused.job);
  });

  test('what is no fault of anybody is thrown, and nothing recorded', async () => {
    const place = await newPlace({
      inputs: () => Promise.reject(new OnnwardError('it is down', { code: 'aws.unreachable', kind: 'unavailable' })),
    });
    await expect(runJob(place.world, requestOf('file:/tmp/a.csv'))).rejects.toMatchObject({ code: 'aws.unreachable' });
    expect(await contentOf(place.store, 'batch/')).toEqual({});
  });

  test.each<[string, unknown]>([
    ['no object', 7],
    ['nothing in it', {}],
    ['no inputs', { model: 'echo', inputs: [] }],
    ['an unknown field', { model: 'echo', inputs: ['file:/a.csv'], option: {} }],
    ['a job that is no name of one', { job: '../plan' }],
  ])('a request that is none is thrown: %s', async (_, input) => {
    const { world } = await newPlace();
    await expect(planJob(world, { task: 'plan', execution: 'first', input: input as never })).rejects.toMatchObject({
      code: 'batch.request',
    });
  });
});

describe('an object that arrives', () => {
  test('is scored by the model that its key names', async () => {
    const place = await newInbox();
    const answer = (await runJob(place.world, arrive(place, 'batch/in/echo/a.csv', table(50)))) as JobAnswer;
    expect(answer.state).toBe('done');
    const { inputs, actor } = await planOf(place.store, answer.job);
    expect(inputs[0]?.key).toBe('batch/in/echo/a.csv');
    expect(actor).toBe(`${place.store.url}/batch/in/echo/a.csv`);
  });

  test('starts nothing twice, whatever becomes live meanwhile', async () => {
    const place = await newInbox();
    const event = arrive(place, 'batch/in/echo/a.csv', table(50));
    const first = await planned(place.world, event, 'first');
    await place.world.registry.register(
      'echo',
      draft('', { signature: SIGNATURE, sources: [source('model.onnx', '2')] }),
    );
    await place.world.registry.setAlias('echo', 'live', 2, { force: true });
    expect(await plan(place.world, event, 'second')).toEqual({ state: 'duplicate', job: first.job });
    await driveJob(place.world, first);
    expect(await plan(place.world, event, 'third')).toEqual({ state: 'done', job: first.job });
  });

  test('is gone on with by a later event, where the first was claimed and never planned', async () => {
    let isDown = true;
    const place = await newInbox({
      async inputs(url) {
        const reader = await openInputs(url);
        const read: typeof reader.read = (...range) => {
          if (isDown) throw new OnnwardError('it is down', { code: 'aws.unreachable', kind: 'unavailable' });
          return reader.read(...range);
        };
        return { url: reader.url, stat: (...of) => reader.stat(...of), list: (prefix) => reader.list(prefix), read };
      },
    });
    const event = arrive(place, 'batch/in/echo/a.csv', table(50));
    await expect(plan(place.world, event, 'first')).rejects.toMatchObject({ code: 'aws.unreachable' });
    expect(Object.keys(await contentOf(place.store, 'batch/claims/'))).toHaveLength(1);
    isDown = false;
    expect(await runJob(place.world, event, 'second')).toMatchObject({ state: 'done' });
    expect(await plan(place.world, event, 'first')).toMatchObject({ state: 'done' });
  });

  test.each([
    ['spaces', 'a b.csv', 'a+b.csv'],
    ['a plus', 'a+b.csv', 'a%2Bb.csv'],
    ['both', 'a +b.csv', 'a+%2Bb.csv'],
    ['umlauts', 'größe ☃.csv', 'gr%C3%B6%C3%9Fe+%E2%98%83.csv'],
    ['a per cent', '100%.csv', '100%25.csv'],
  ])('is found by a key with %s, encoded or not', async (_, name, encoded) => {
    for (const spelled of [name, encoded]) {
      const place = await newInbox();
      arrive(place, `batch/in/echo/${name}`, table(20));
      const answer = await runJob(place.world, arrivalOf(place.store.url, `batch/in/echo/${spelled}`));
      expect(answer).toMatchObject({ state: 'done' });
      expect((await planOf(place.store, (answer as JobAnswer).job)).inputs[0]?.key).toBe(`batch/in/echo/${name}`);
    }
  });

  test('with a key that means two objects is the one that is spelled so', async () => {
    const place = await newInbox();
    arrive(place, 'batch/in/echo/a b.csv', table(20));
    const answer = await runJob(place.world, arrive(place, 'batch/in/echo/a+b.csv', table(30)));
    expect((await planOf(place.store, (answer as JobAnswer).job)).inputs[0]?.key).toBe('batch/in/echo/a+b.csv');
  });

  test.each([
    'batch/in/echo/',
    'batch/in/echo',
    'batch/in/',
    'batch/in/echo/a.csv.batch.json',
    'batch/in/echo/.hidden.csv',
    'batch/out/echo/a.csv',
    'elsewhere/a.csv',
    'batch/in/echo/gone.csv',
    'batch/requests/echo/1/body',
    '%',
  ])('is passed over where it is no input: %s', async (key) => {
    const place = await newInbox();
    expect(await plan(place.world, arrivalOf(place.store.url, key))).toEqual({ state: 'ignored' });
    expect(await contentOf(place.store, 'batch/jobs/')).toEqual({});
  });

  test('of a request is answered by whoever answers requests', async () => {
    const answered: string[] = [];
    const place = await newInbox({ answerRequest: async (key) => void answered.push(key) });
    await place.store.put('batch/requests/echo/1/body', new Uint8Array());
    expect(await plan(place.world, arrivalOf(place.store.url, 'batch/requests/echo/1/body'))).toEqual({
      state: 'answered',
    });
    expect(answered).toEqual(['batch/requests/echo/1/body']);
  });

  test('for a model that there is not is refused, and scored once there is', async () => {
    const place = await newInbox();
    await place.store.put('batch/in/other/.keep', new Uint8Array());
    const event = arrive(place, 'batch/in/other/a.csv', table(20));
    expect(await refusalOf(place, await runJob(place.world, event))).toMatchObject({ code: 'batch.no_model' });
    await place.world.registry.register('other', draft('', { signature: SIGNATURE }));
    await place.world.registry.setAlias('other', 'live', 1);
    expect(await runJob(place.world, event, 'later')).toMatchObject({ state: 'done' });
  });

  test('for a model that is not among those that may be scored is refused', async () => {
    const place = await newInbox({ models: ['echa'] });
    const refusal = await refusalOf(place, await runJob(place.world, arrive(place, 'batch/in/echo/a.csv', table(20))));
    expect(refusal.message).toContain('Did you mean echa?');
  });

  test('with mistaken options beside it is refused, and names the mistake', async () => {
    const place = await newInbox();
    arrive(place, 'batch/in/echo/a.csv.batch.json', '{"colums": ["a"]}');
    const refusal = await refusalOf(place, await runJob(place.world, arrive(place, 'batch/in/echo/a.csv', table(20))));
    expect(refusal.code).toBe('batch.options');
    expect(refusal.message).toContain('Did you mean columns?');
  });

  test('with one mistake after another beside it is refused by the one that is left', async () => {
    const place = await newInbox();
    const event = arrive(place, 'batch/in/echo/a.csv', table(20));
    for (const [text, mistake] of [
      ['{"errorBudget": 7}', 'errorBudget'],
      ['{"costCap": -1}', 'costCap'],
    ] as const) {
      arrive(place, 'batch/in/echo/a.csv.batch.json', text);
      expect((await refusalOf(place, await runJob(place.world, event))).message).toContain(mistake);
    }
  });
});

describe('in S3', () => {
  /** A reader of objects that are in memory, by their version. */
  const bucketOf = (objects: Record<string, string>, asked: (string | undefined)[] = []): Partial<BatchWorld> => ({
    inputs: async (url) => ({
      url,
      async stat(key, version): Promise<ObjectStat | undefined> {
        asked.push(version);
        const text = objects[`${key} ${version ?? 'e:now'}`];
        return text === undefined ? undefined : { size: text.length, version: version ?? 'e:now' };
      },
      async *read(key, { version }, start, end) {
        yield Buffer.from(objects[`${key} ${version}`]!).subarray(start, end);
      },
      async *list() {},
    }),
  });

  test.each<[string, object, string]>([
    ['the version of a bucket that has versions', { 'version-id': 'abc', etag: 'x' }, 'v:abc'],
    ['the etag', { etag: 'x' }, 'e:x'],
    ['the etag in quotes', { etag: '"x"' }, 'e:x'],
    ['the etag where versions are suspended', { 'version-id': 'null', etag: 'x' }, 'e:x'],
  ])('an arrival is that of %s', async (_, more, version) => {
    const key = 'prod/batch/in/echo/a.csv';
    const place = await newInbox(bucketOf({ [`${key} ${version}`]: table(10) }));
    const world = { ...place.world, store: { ...named(place), url: 's3://bucket/prod' } };
    const answer = await planned(world, arrivalOf('bucket', key, more));
    expect(answer.list).toEqual({ bucket: 'bucket', key: `prod/batch/jobs/${answer.job}/drives/000001.shards.json` });
    expect((await planOf(place.store, answer.job)).inputs[0]).toMatchObject({ store: 's3://bucket', key, version });
  });

  test('an event whose object was overwritten meanwhile is passed over: the new one has its own', async () => {
    const key = 'batch/in/echo/a.csv';
    const place = await newInbox(bucketOf({ [`${key} e:new`]: table(10) }));
    const world = { ...place.world, store: { ...named(place), url: 's3://bucket' } };
    expect(await plan(world, arrivalOf('bucket', key, { etag: 'old' }), '1')).toEqual({ state: 'ignored' });
    expect(await plan(world, arrivalOf('bucket', key, { etag: 'new' }), '2')).toMatchObject({ state: 'planned' });
  });

  function named({ store }: Place): Place['store'] {
    return {
      url: store.url,
      get: (key) => store.get(key),
      read: (key) => store.read(key),
      put: (...of) => store.put(...of),
      write: (...of) => store.write(...of),
      list: (...of) => store.list(...of),
      folders: (prefix) => store.folders(prefix),
    };
  }
});

describe('a job is driven again', () => {
  test('for the shards that are left, and then done', async () => {
    const place = await newPlace();
    const request = requestOf(place.file('a.csv', 1500));
    const first = await planned(place.world, request);
    expect(await driveJob(place.world, first, ({ index }) => index === 1 || index === 4)).toMatchObject({
      state: 'pending',
    });
    const pending = await manifestOf(place.store, first.job);
    expect(pending.pending.map(({ shard }) => shard.index)).toEqual([1, 4]);
    expect(pending.rows.in).toBe(1500);
    expect(pending.parts.map(({ firstRow }) => firstRow === undefined)).toEqual([false, true, true, true]);
    const second = await planned(place.world, { job: first.job }, 'second');
    expect(second).toMatchObject({ drive: 2, job: first.job });
    expect(await driveJob(place.world, second)).toMatchObject({ state: 'done' });
    expect((await manifestOf(place.store, first.job)).rows).toEqual({
      in: 1500,
      scored: 1500,
      quarantined: 0,
      pending: 0,
    });
  });

  test('by one execution, though its plan is tried again', async () => {
    const place = await newPlace();
    const { job } = await planned(place.world, requestOf(place.file('a.csv', 100)));
    const second = await planned(place.world, { job }, 'second');
    expect(await planned(place.world, { job }, 'second')).toEqual(second);
    expect(await planned(place.world, { job }, 'third')).toMatchObject({ drive: 3 });
  });

  test('in the drive that was interrupted, by whoever goes on with it', async () => {
    const place = await newPlace();
    const first = await planned(place.world, requestOf(place.file('a.csv', 100)));
    expect(await planned(place.world, { job: first.job, drive: 1 }, 'another')).toEqual(first);
  });

  test('after it was cancelled', async () => {
    const place = await newPlace();
    const first = await planned(place.world, requestOf(place.file('a.csv', 1500)));
    await cancelJob(place.store, first.job, { at: '2026-11-22T00:00:00.000Z', actor: 'ada' });
    expect(await driveJob(place.world, first)).toMatchObject({ state: 'cancelled' });
    expect((await manifestOf(place.store, first.job)).rows).toEqual({
      in: 1500,
      scored: 0,
      quarantined: 0,
      pending: 1500,
    });
    expect(await runJob(place.world, { job: first.job }, 'second')).toMatchObject({ state: 'done' });
  });

  test('where all is scored and nobody accounted for it: it is accounted for', async () => {
    const place = await newPlace();
    const first = await planned(place.world, requestOf(place.file('a.csv', 100)));
    await driveJob(place.world, first, () => true);
    await driveJob(place.world, first);
    await place.store.put(`batch/jobs/${first.job}/manifest.json`, Buffer.from('{"receipts": 0, "pending": [1]}'));
    expect(await plan(place.world, { job: first.job }, 'second')).toEqual({ state: 'done', job: first.job });
    expect(await manifestOf(place.store, first.job)).toMatchObject({ state: 'done' });
  });

  test('and stays failed where all is scored and too much of it bad', async () => {
    const place = await newPlace();
    const request = requestOf(
      place.file(
        'a.csv',
        table(50, (row) => row === 1),
      ),
    );
    const { job } = (await runJob(place.world, request)) as JobAnswer;
    expect(await plan(place.world, { job }, 'second')).toEqual({ state: 'failed', job });
  });

  test('but not one that was refused, or that there is not', async () => {
    const place = await newPlace();
    const { job } = (await runJob(place.world, requestOf(place.file('a.xls', 10)))) as JobAnswer;
    expect(await plan(place.world, { job }, 'second')).toEqual({ state: 'refused', job });
    await expect(plan(place.world, { job: '0000000000000000' })).rejects.toMatchObject({ code: 'batch.no_job' });
    const { job: there } = await planned(place.world, requestOf(place.file('b.csv', 10)));
    await expect(plan(place.world, { job: there, drive: 9 })).rejects.toMatchObject({ code: 'batch.no_drive' });
  });

  test('of a file that is gone leaves its rows uncounted', async () => {
    const place = await newPlace();
    const url = place.file('a.csv', 100);
    const first = await planned(place.world, requestOf(url));
    rmSync(url.slice('file:'.length));
    expect(await driveJob(place.world, first, () => true)).toMatchObject({ state: 'pending' });
    const { rows } = await manifestOf(place.store, first.job);
    expect(rows).toEqual({ scored: 0, quarantined: 0 });
  });
});
