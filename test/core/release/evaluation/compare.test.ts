import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { compareVersions } from '#core/release/evaluation/compare.ts';
import { MemoryStore } from '#core/release/evaluation/memory-store.ts';
import type { Manifest } from '#core/model/manifest.ts';
import { evaluateRelease, example, fixtureFile, newPlace, type Place, releaseOf } from './support/place.ts';

let place: Place;
let first: Manifest;
let second: Manifest;

beforeAll(async () => {
  place = await newPlace();
  const labels = { probabilities: ['setosa', 'versicolor', 'virginica'] };
  const graph = join(example('iris'), 'model.onnx');
  first = await place.register('iris', graph, { labels });
  second = await place.register('iris', graph, { labels });
});

const heldOut = (): string => place.file('iris.csv', readFileSync(join(example('iris'), 'heldout.csv')));

test('a comparison is what the evaluation of a release is, and leaves nothing behind', async () => {
  const options = { data: heldOut(), label: 'species', slices: ['species'].slice(1) };
  const before = await Array.fromAsync(place.world.store.list(''));
  const compared = await compareVersions(place.world, { challenger: second, champion: first, options });
  expect(await Array.fromAsync(place.world.store.list(''))).toEqual(before);
  const released = await evaluateRelease(place.world, releaseOf('iris', options, { version: 2, champion: 1 }));
  expect(compared).toEqual(released);
  expect(compared.rows.champion).toEqual(compared.rows.challenger);
});

test('one version alone, or with itself, is only looked at', async () => {
  const options = { data: heldOut(), label: 'species' };
  const alone = await compareVersions(place.world, { challenger: first, options });
  expect([alone.report.champion, alone.report.challenger.version]).toEqual([undefined, 1]);
  expect(await compareVersions(place.world, { challenger: first, champion: first, options })).toEqual(alone);
});

test('versions of two models are compared, too', async () => {
  const other = await place.register('mlp', fixtureFile('mlp_rows'));
  const options = { data: heldOut(), label: 'species' };
  const { report } = await compareVersions(place.world, { challenger: first, champion: other, options });
  expect(report.champion!.version).toBe(1);
  expect(report.champion!.metrics['accuracy']).toBeLessThan(report.challenger.metrics['accuracy']!);
  const named = await compareVersions(place.world, { challenger: other, champion: first, options });
  expect(named.report.classes).toEqual(['setosa', 'versicolor', 'virginica']);
});

test('rows may lie in the store itself', async () => {
  await place.world.store.put('held.jsonl', Buffer.from('{"a":1,"b":0,"y":0}\n'));
  const echo = await place.register('echo', fixtureFile('identity_fp32'));
  const { report } = await compareVersions(place.world, {
    challenger: echo,
    options: { data: 'held.jsonl', label: 'y' },
  });
  expect(report.quality.rows).toBe(1);
});

describe('a store in memory', () => {
  const bytes = (text: string) => Buffer.from(text);

  test('writes once, and reads what was written, piece by piece', async () => {
    const store = new MemoryStore('file:/x');
    await store.put('a/b', bytes('one'), { ifAbsent: true });
    await expect(store.put('a/b', bytes('two'), { ifAbsent: true })).rejects.toMatchObject({
      code: 'store.precondition',
    });
    await store.write(
      'a/c/d',
      (async function* () {
        yield bytes('x'.repeat(2 ** 20));
        yield bytes('y');
      })(),
    );
    expect((await Array.fromAsync(store.read('a/c/d'))).map(({ length }) => length)).toEqual([2 ** 20, 1]);
    expect(Buffer.from((await store.get('a/b'))!.bytes).toString()).toBe('one');
    expect(await store.get('a')).toBeUndefined();
    await expect(Array.fromAsync(store.read('a'))).rejects.toMatchObject({ code: 'store.not_found' });
  });

  test('lists in order', async () => {
    const store = new MemoryStore('file:/x');
    for (const key of ['b/2', 'a', 'b/1/c']) await store.put(key, bytes(key));
    expect(await Array.fromAsync(store.list(''))).toEqual([
      { key: 'a', size: 1 },
      { key: 'b/1/c', size: 5 },
      { key: 'b/2', size: 3 },
    ]);
    expect(await Array.fromAsync(store.folders(''))).toEqual(['b']);
    expect(await Array.fromAsync(store.folders('b/'))).toEqual(['1']);
  });
});
