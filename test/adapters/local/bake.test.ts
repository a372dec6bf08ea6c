import { chmodSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { bakeVersion } from '#adapters/local/bake.ts';
import { FolderStore } from '#adapters/local/folder-store.ts';
import type { Manifest } from '#core/model/manifest.ts';
import { Registry } from '#core/registry/registry.ts';
import { newFolder } from '../../support/folders.ts';
import { watched } from '../../support/stores.ts';
import { draft } from '../../support/versions.ts';

let store: FolderStore;
let manifest: Manifest;
let cache: string;

beforeEach(async () => {
  store = await FolderStore.open(newFolder());
  const registry = new Registry(store, { clock: Date.now, actor: 'ada' });
  await registry.register('iris', draft('older'));
  manifest = await registry.register('iris', draft());
  cache = newFolder();
});

describe('a baked version', () => {
  test('is a store of just that version, to the byte', async () => {
    const folder = await bakeVersion(store, manifest, cache);
    const baked = new Registry(await FolderStore.open(folder), { clock: Date.now, actor: 'function' });
    expect(await baked.manifest('iris', 2)).toEqual(manifest);
    const key = 'models/iris/versions/2/manifest.json';
    expect(readFileSync(join(folder, key))).toEqual(readFileSync(store.localPath(key)));
    expect(readFileSync(join(folder, 'models/iris/versions/2/weights/part.bin'), 'utf8')).toBe('graph weights');
    expect(readdirSync(join(folder, 'models/iris/versions'))).toEqual(['2']);
    expect(readdirSync(folder)).toEqual(['models']);
  });

  test('is made once, and by several at a time', async () => {
    const [first, second] = await Promise.all([1, 2].map(() => bakeVersion(store, manifest, cache)));
    expect(second).toBe(first);
    expect(readdirSync(join(cache, 'baked'))).toHaveLength(1);
    const reads: string[] = [];
    const remote = watched(store, (verb, key) => void reads.push(`${verb} ${key}`));
    expect(await bakeVersion(remote, manifest, cache)).toBe(first);
    expect(reads).toEqual([]);
  });

  test('comes from a store elsewhere as well', async () => {
    const folder = await bakeVersion(
      watched(store, () => undefined),
      manifest,
      cache,
    );
    expect(readFileSync(join(folder, 'models/iris/versions/2/model.onnx'), 'utf8')).toBe('graph');
  });

  test('is not left half made', async () => {
    const path = store.localPath('models/iris/versions/2/model.onnx');
    chmodSync(path, 0o644);
    writeFileSync(path, 'touched');
    const remote = watched(store, () => undefined);
    await expect(bakeVersion(remote, manifest, cache)).rejects.toMatchObject({ code: 'model.corrupt' });
    rmSync(path);
    await expect(bakeVersion(store, manifest, cache)).rejects.toMatchObject({ code: 'ENOENT' });
    expect(readdirSync(join(cache, 'baked'))).toEqual([]);
  });
});
