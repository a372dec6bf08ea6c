import { expect, test } from 'vitest';
import type { Manifest } from '#core/model/manifest.ts';
import type { StoredObject } from '#core/ports.ts';
import { lazyBackgrounds } from '#serving/explain/lazily.ts';
import { MemoryStore } from '../../support/memory-store.ts';
import { asker, hostOf, scoring } from './asked.ts';
import { putBaseline } from './baselines.ts';

const model = scoring(2, ([a, b]) => [a! * b!]);
const ROWS = [
  [1, 10],
  [2, 20],
  [3, 30],
];

async function stored() {
  const store = new MemoryStore();
  const profile = await putBaseline(store, 'm', model.signature.inputs[0]!, ['age', 'income'], ROWS);
  const read: string[] = [];
  const get = (key: string): Promise<StoredObject | undefined> => {
    read.push(key);
    return store.get(key);
  };
  return { store, get, read, manifest: { name: 'm', version: 7, baseline: { profile } } as unknown as Manifest };
}

test('rows are drawn of the values of each feature, the same ones from whoever asks, and read once', async () => {
  const { get, read, manifest } = await stored();
  const backgrounds = lazyBackgrounds(() => ({ get }));
  const [first, again] = await Promise.all([backgrounds(manifest), backgrounds(manifest)]);
  expect(again).toEqual(first);
  expect(await lazyBackgrounds(() => ({ get }))(manifest)).toEqual(first);
  expect(read).toHaveLength(2);
  expect(first!.map(({ name, values }) => [name, values.length, new Set(values)])).toEqual([
    ['age', 100, new Set([1, 2, 3])],
    ['income', 100, new Set([10, 20, 30])],
  ]);
});

test('a version without one has none, and nothing is opened for it', async () => {
  const backgrounds = lazyBackgrounds(() => {
    throw new Error('opened');
  });
  expect(await backgrounds({ name: 'm', version: 1 } as Manifest)).toBeUndefined();
});

test('a store that cannot be read now is read again', async () => {
  const { get, manifest } = await stored();
  let fails = 2;
  const backgrounds = lazyBackgrounds(() => {
    if (fails-- > 0) throw new Error('not now');
    return { get: (key) => (fails-- > -2 ? Promise.reject(new Error('nor now')) : get(key)) };
  });
  for (const message of ['not now', 'not now', 'nor now']) await expect(backgrounds(manifest)).rejects.toThrow(message);
  expect(await backgrounds(manifest)).toHaveLength(2);
});

test('a baseline that knows nothing of a feature is no background for it', async () => {
  const { get, manifest } = await stored();
  const profile = { ...manifest.baseline!.profile!, columns: { x: ['age', 'wealth'] } };
  const ask = asker(hostOf(model, { baseline: { profile } }), { backgrounds: lazyBackgrounds(() => ({ get })) });
  expect(await ask({ instances: [[1, 2]] })).toMatchObject({
    status: 400,
    body: { error: expect.stringContaining('the baseline knows nothing of feature "wealth"') as string },
  });
});
