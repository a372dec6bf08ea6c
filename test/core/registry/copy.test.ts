import { createHash } from 'node:crypto';
import { rmSync, writeFileSync } from 'node:fs';
import { beforeEach, describe, expect, test } from 'vitest';
import { openStore } from '#adapters/stores.ts';
import { fileKey } from '#core/model/keys.ts';
import type { Manifest } from '#core/model/manifest.ts';
import { baselineKey } from '#core/monitoring/keys.ts';
import type { ObjectStore } from '#core/ports.ts';
import { copyVersion } from '#core/registry/copy.ts';
import { Registry } from '#core/registry/registry.ts';
import { newFolder } from '../../support/folders.ts';
import { watched } from '../../support/stores.ts';
import { draft, source } from '../../support/versions.ts';

const CONTENT = 'weights '.repeat(100_000);

async function newPlace() {
  const store = await openStore(`file:${newFolder()}`);
  return { store, registry: new Registry(store, { clock: Date.now, actor: 'test' }) };
}

let store: ObjectStore;
let manifest: Manifest;
let target: Awaited<ReturnType<typeof newPlace>>;

beforeEach(async () => {
  const from = await newPlace();
  store = from.store;
  await from.registry.register('iris', draft('first', { sources: [source('model.onnx', 'first')] }));
  const sources = [source('model.onnx', 'graph'), source('data/weights.bin', CONTENT)];
  const labels = { y: ['a', 'b', 'c'] };
  manifest = await from.registry.register('iris', draft('graph', { sources, labels, metrics: { accuracy: 0.97 } }));
  target = await newPlace();
});

const readAll = async (from: ObjectStore, key: string): Promise<string> =>
  Buffer.concat(await Array.fromAsync(from.read(key))).toString();

describe('a copy', () => {
  test('has the same files, and all that was known of them, under the next number of the target', async () => {
    const { manifest: copy, copied } = await copyVersion({ store, manifest }, target.registry);
    expect(copied).toBe(true);
    expect(copy).toMatchObject({ name: 'iris', version: 1, files: manifest.files, labels: manifest.labels });
    expect(copy.metrics).toEqual({ accuracy: 0.97 });
    expect(await readAll(target.store, fileKey('iris', 1, 'data/weights.bin'))).toBe(CONTENT);
    expect(await Array.fromAsync(target.registry.verify())).toEqual([]);
  });

  test('says where it comes from, beside what was said before', async () => {
    const { manifest: copy } = await copyVersion({ store, manifest }, target.registry, { why: 'to production' });
    const { provenance, version, createdAt } = manifest;
    expect(copy.provenance).toEqual({ ...provenance, copiedFrom: { store: store.url, version, createdAt } });
    const [record] = await Array.fromAsync(target.registry.history('iris'));
    expect(record).toMatchObject({ action: 'register', version: 1, why: 'to production' });
  });

  test('is made once', async () => {
    await target.registry.register('iris', draft('other', { sources: [source('model.onnx', 'other')] }));
    await copyVersion({ store, manifest }, target.registry);
    const again = await copyVersion({ store, manifest }, target.registry);
    expect(again).toMatchObject({ copied: false, manifest: { version: 2 } });
    expect(await target.registry.versions('iris')).toEqual([1, 2]);
  });

  test('is made of the same files where other things are said of them', async () => {
    await copyVersion({ store, manifest }, target.registry);
    const relabelled = { ...manifest, labels: { y: ['x', 'y', 'z'] } };
    expect(await copyVersion({ store, manifest: relabelled }, target.registry)).toMatchObject({ copied: true });
  });

  test('tells of its bytes as they go', async () => {
    let bytes = 0;
    await copyVersion({ store, manifest }, target.registry, { onProgress: (more) => (bytes += more) });
    expect(bytes).toBe(manifest.files.reduce((sum, { size }) => sum + size, 0));
  });

  test('holds no file whole in memory: the target writes as the source reads', async () => {
    let [read, written] = [0, 0];
    const slow: ObjectStore = {
      ...watched(store, () => undefined),
      async *read(key) {
        for await (const chunk of store.read(key)) {
          for (let at = 0; at < chunk.length; at += 4096) {
            const part = chunk.subarray(at, at + 4096);
            read += part.length;
            yield part;
          }
        }
      },
    };
    const ahead: number[] = [];
    const taking: ObjectStore = {
      ...watched(target.store, () => undefined),
      async write(key, chunks, size, condition) {
        async function* counted() {
          for await (const chunk of chunks) {
            written += chunk.length;
            ahead.push(read - written);
            yield chunk;
          }
        }
        await target.store.write(key, counted(), size, condition);
      },
    };
    await copyVersion({ store: slow, manifest }, new Registry(taking, { clock: Date.now, actor: 'test' }));
    expect(written).toBe(read);
    expect(Math.max(...ahead)).toBeLessThanOrEqual(8192);
  });
});

describe('an original that was touched', () => {
  test('makes no version', async () => {
    writeFileSync(store.localPath!(fileKey('iris', 2, 'data/weights.bin')), CONTENT.replace('weights', 'WEIGHTS'));
    await expect(copyVersion({ store, manifest }, target.registry)).rejects.toMatchObject({
      code: 'model.corrupt',
      fields: { key: 'models/iris/versions/2/data/weights.bin' },
    });
    expect(await target.registry.versions('iris')).toEqual([]);
  });

  test('the next copy takes a number of its own', async () => {
    const broken = { ...manifest, files: manifest.files.map((file) => ({ ...file, sha256: '0'.repeat(64) })) };
    await expect(copyVersion({ store, manifest: broken }, target.registry)).rejects.toThrow('is not the file');
    expect(await copyVersion({ store, manifest }, target.registry)).toMatchObject({ manifest: { version: 2 } });
  });
});

describe('a version with a baseline', () => {
  const PROFILE = Buffer.from('what the rows were like');
  const hash = createHash('sha256').update(PROFILE).digest('hex');
  const key = baselineKey('iris', hash);
  const baseline = { path: 'baseline.csv', profile: { key, sha256: hash, size: PROFILE.length, rows: 120 } };
  let profiled: Manifest;

  beforeEach(async () => {
    await store.put(key, PROFILE);
    const registry = new Registry(store, { clock: Date.now, actor: 'test' });
    const sources = [source('model.onnx', 'trained')];
    profiled = await registry.register('iris', draft('trained', { sources, baseline }));
  });

  test('brings its profile along, and is the same version there', async () => {
    const { manifest: copy } = await copyVersion({ store, manifest: profiled }, target.registry);
    expect(copy.baseline).toStrictEqual(baseline);
    expect(await readAll(target.store, key)).toBe(PROFILE.toString());
    expect(await Array.fromAsync(target.registry.verify())).toEqual([]);
    expect(await copyVersion({ store, manifest: profiled }, target.registry)).toMatchObject({ copied: false });
  });

  test('takes a profile that is there already', async () => {
    await target.store.put(key, PROFILE);
    const { copied } = await copyVersion({ store, manifest: profiled }, target.registry);
    expect(copied).toBe(true);
  });

  test('is no copy where its profile was touched', async () => {
    await store.put(key, Buffer.from('what the rows were LIKE'));
    const copying = copyVersion({ store, manifest: profiled }, target.registry);
    await expect(copying).rejects.toMatchObject({ code: 'model.corrupt', fields: { key } });
    expect(await target.registry.models()).toEqual(['iris']); // a number was taken, and no version made of it
    expect(await target.registry.versions('iris')).toEqual([]);
    expect(await target.store.get(key)).toBeUndefined();
  });

  test.each([
    ['gone', undefined, 'file.missing'],
    ['shorter', Buffer.from('what'), 'file.touched'],
    ['another', Buffer.from('what the rows were LIKE'), 'file.touched'],
  ])('is told by verify where its profile is %s', async (_, bytes, code) => {
    await copyVersion({ store, manifest: profiled }, target.registry);
    if (bytes) await target.store.put(key, bytes);
    else rmSync(target.store.localPath?.(key) as string);
    const findings = await Array.fromAsync(target.registry.verify('iris'));
    expect(findings).toMatchObject([{ severity: 'corrupt', code, key }]);
  });
});
