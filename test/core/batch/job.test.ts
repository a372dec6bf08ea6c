import { describe, expect, test } from 'vitest';
import { outPrefix, quarantinePrefix } from '#core/batch/keys.ts';
import type { BatchWorld } from '#core/batch/world.ts';
import { contentOf, manifestOf, newPlace, OPTIONS, planOf, runJob, table } from './support/place.ts';

/** A world that takes a millisecond for whatever it is asked to time: its shards are small. */
const ticking = (): Partial<BatchWorld> => {
  let now = 0;
  return { now: () => (now += 5) };
};

describe('a job', () => {
  test('scores every row of a file, and proves it', async () => {
    const { world, store, file } = await newPlace();
    const answer = await runJob(world, { model: 'echo', inputs: [file('a.csv', 1000)], options: OPTIONS });
    expect(answer).toMatchObject({ state: 'done' });
    const { job } = answer as { job: string };
    const manifest = await manifestOf(store, job);
    expect(manifest).toMatchObject({
      state: 'done',
      model: { name: 'echo', version: 1 },
      rows: { in: 1000, scored: 1000, quarantined: 0, pending: 0 },
      pending: [],
    });
    const outputs = Object.values(await contentOf(store, outPrefix('echo', job))).join('');
    expect(outputs).toBe(table(1000).replace('id,a,b\n', ''));
  });

  test('puts bad rows aside with position, bytes and reason', async () => {
    const { world, store, file } = await newPlace();
    const text = table(500, (row) => row === 250);
    const { job } = (await runJob(world, { model: 'echo', inputs: [file('a.csv', text)], options: OPTIONS })) as { job: string };
    expect((await manifestOf(store, job)).rows).toEqual({ in: 500, scored: 499, quarantined: 1, pending: 0 });
    const [line] = Object.values(await contentOf(store, quarantinePrefix('echo', job)));
    const row = JSON.parse(line!) as { position: number; text: string };
    expect(row).toMatchObject({ code: 'row.value', text: '250,250,x' });
    expect(text.slice(row.position)).toMatch(/^250,250,x\n/);
  });

  test('is cut into shards that each worker has several of', async () => {
    const { world, store, file } = await newPlace(ticking());
    const { job } = (await runJob(world, { model: 'echo', inputs: [file('a.csv', 20_000)], options: OPTIONS })) as { job: string };
    const { shards, estimate, batchRows } = await planOf(store, job);
    expect({ shards, batchRows, estimate }).toEqual({ shards: 1, batchRows: 1, estimate: {} });
  });
});
