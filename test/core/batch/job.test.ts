import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { outPrefix, quarantinePrefix } from '#core/batch/keys.ts';
import type { BatchOptions } from '#core/batch/options.ts';
import {
  contentOf,
  driveJob,
  manifestOf,
  newPlace,
  OPTIONS,
  type Place,
  planned,
  planOf,
  runJob,
  table,
} from './support/place.ts';

const outputsOf = async ({ store }: Place, job: string): Promise<string> =>
  Object.values(await contentOf(store, outPrefix('echo', job))).join('');

async function scored(place: Place, text: string, options: BatchOptions = OPTIONS) {
  const answer = await runJob(place.world, { model: 'echo', inputs: [place.file('a.csv', text)], options });
  const { job } = answer as { job: string };
  return { answer, job, manifest: await manifestOf(place.store, job) };
}

describe('a job', () => {
  test('scores every row of a file, in order, and proves it', async () => {
    const place = await newPlace();
    const { job, answer, manifest } = await scored(place, table(3000));
    expect(answer).toEqual({ state: 'done', job });
    expect(manifest).toMatchObject({
      state: 'done',
      model: { name: 'echo', version: 1 },
      rows: { in: 3000, scored: 3000, quarantined: 0, pending: 0 },
      pending: [],
    });
    expect((await planOf(place.store, job)).shards).toBeGreaterThan(5);
    expect(await outputsOf(place, job)).toBe(table(3000).replace('id,a,b\n', ''));
  });

  test('puts bad rows aside with position, bytes and reason', async () => {
    const place = await newPlace();
    const text = table(500, (row) => row === 250);
    const { job, manifest } = await scored(place, text);
    expect(manifest.rows).toEqual({ in: 500, scored: 499, quarantined: 1, pending: 0 });
    const lines = Object.values(await contentOf(place.store, quarantinePrefix('echo', job)))
      .join('')
      .trimEnd()
      .split('\n');
    const [row, ...more] = lines.map((line) => JSON.parse(line) as { position: number });
    expect(more).toEqual([]);
    expect(row).toMatchObject({ code: 'row.value', text: '250,250,x' });
    expect(text.slice(row!.position)).toMatch(/^250,250,x\n/);
  });

  test('tells of each part which rows it has', async () => {
    const place = await newPlace();
    const { manifest } = await scored(
      place,
      table(3000, (row) => row % 500 === 3),
    );
    let next = 0;
    for (const { firstRow, rows, shard } of manifest.parts) {
      expect(firstRow).toBe(next);
      next += rows + (manifest.quarantine.find((part) => part.shard === shard)?.rows ?? 0);
    }
    expect(next).toBe(3000);
  });

  test('of several files reads each as its own heading says', async () => {
    const place = await newPlace();
    const inputs = [place.file('in/a.csv', 'id,a,b\n1,2,3\n'), place.file('in/b.csv', 'b,id,a\n3,1,2\n')];
    const options = { id: 'id', columns: ['a', 'b'] };
    const { job } = (await runJob(place.world, { model: 'echo', inputs, options })) as { job: string };
    expect(await outputsOf(place, job)).toBe('1,2,3\n1,2,3\n');
    expect((await manifestOf(place.store, job)).parts.map(({ input }) => input)).toEqual([0, 1]);
  });

  test('with the layout of SageMaker leaves a line for each row of each file', async () => {
    const place = await newPlace();
    const text = table(1000, (row) => row === 0 || row === 700);
    const { job, manifest } = await scored(place, text, { ...OPTIONS, layout: 'sagemaker' });
    const [output] = manifest.outputs!;
    expect(output!.key).toBe(`${outPrefix('echo', job)}a.csv.out`);
    const lines = Buffer.from((await place.store.get(output!.key))!.bytes)
      .toString()
      .split('\n');
    expect(lines).toHaveLength(1001);
    expect([lines[0], lines[1], lines[700]]).toEqual(['', '1,1,0.5', '']);
  });

  test('of a file without rows is done', async () => {
    const { answer, manifest } = await scored(await newPlace(), 'id,a,b\n');
    expect(answer).toMatchObject({ state: 'done' });
    expect(manifest.rows).toEqual({ in: 0, scored: 0, quarantined: 0, pending: 0 });
    expect(manifest.parts).toEqual([]);
  });
});

describe('too many bad rows', () => {
  test('in a small file are found at its end, by their exact share', async () => {
    const place = await newPlace();
    const { answer, manifest } = await scored(
      place,
      table(50, (row) => row === 7),
    );
    expect(answer).toMatchObject({ state: 'failed' });
    expect(manifest.rows).toEqual({ in: 50, scored: 49, quarantined: 1, pending: 0 });
    expect(manifest.refusal).toMatchObject({ code: 'batch.error_budget' });
  });

  test('are as many as the budget allows, and one more', async () => {
    const at = async (bad: number) =>
      (
        await scored(
          await newPlace(),
          table(1000, (row) => row < bad * 2 && row % 2 === 0),
        )
      ).answer;
    expect(await at(10)).toMatchObject({ state: 'done' });
    expect(await at(11)).toMatchObject({ state: 'failed' });
  });

  test('end a large job early: the rest stays pending, and is not scored', async () => {
    const place = await newPlace();
    const { answer, manifest } = await scored(
      place,
      table(20_000, (row) => row % 3 === 1),
    );
    expect(answer).toMatchObject({ state: 'failed' });
    expect(manifest.parts.length).toBeLessThan(5);
    expect(manifest.pending.length).toBeGreaterThan(20);
    expect(manifest.rows.in).toBe(20_000);
    expect(manifest.refusal?.message).toContain('1 %');
  });

  test('where none may be bad are one', async () => {
    const { answer, manifest } = await scored(
      await newPlace(),
      table(5000, (row) => row === 1),
      { ...OPTIONS, errorBudget: 0 },
    );
    expect(answer).toMatchObject({ state: 'failed' });
    expect(manifest.rows).toMatchObject({ in: 5000, scored: 0 });
  });

  test('do not matter where all may be bad', async () => {
    const { answer, manifest } = await scored(
      await newPlace(),
      table(300, () => true),
      { ...OPTIONS, errorBudget: 1 },
    );
    expect(answer).toMatchObject({ state: 'done' });
    expect(manifest).toMatchObject({ parts: [], rows: { in: 300, scored: 0, quarantined: 300, pending: 0 } });
  });
});

describe('an input that is overwritten in the middle', () => {
  test('is refused: what is scored stays, the rest is not mixed with it', async () => {
    const place = await newPlace();
    const url = place.file('a.csv', 3000);
    const answer = await planned(place.world, { model: 'echo', inputs: [url], options: OPTIONS });
    const path = url.slice('file:'.length);
    const overwrite = () => writeFileSync(path, readFileSync(path, 'utf8').replaceAll('7', '8'));
    const state = await driveJob(place.world, answer, ({ index }) => {
      if (index === 4) overwrite();
      return false;
    });
    expect(state).toMatchObject({ state: 'failed' });
    const manifest = await manifestOf(place.store, answer.job);
    expect(manifest.refusal).toMatchObject({ code: 'input.changed' });
    expect(manifest.parts).toHaveLength(4);
    expect(manifest.rows).toEqual({ scored: expect.any(Number) as number, quarantined: 0 });
    expect(table(3000)).toContain(await outputsOf(place, answer.job));
  });
});
