import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { FolderStore } from '#adapters/local/folder-store.ts';
import { materialize } from '#adapters/local/materialize.ts';
import type { Manifest } from '#core/model/manifest.ts';
import type { ObjectStore } from '#core/ports.ts';
import { Registry } from '#core/registry/registry.ts';
import { watched } from '../../support/stores.ts';
import { draft } from '../../support/versions.ts';
import { newFolder } from '../../support/folders.ts';

let local: FolderStore;
let remote: ObjectStore;
let registry: Registry;
let manifest: Manifest;
let cache: string;
let reads: string[];

beforeEach(async () => {
  local = await FolderStore.open(newFolder());
  registry = new Registry(local, { clock: Date.now, actor: 'ada' });
  manifest = await registry.register('iris', draft('x'.repeat(100_000)));
  cache = join(newFolder(), 'cache');
  reads = [];
  remote = watched(local, (verb, key) => void (verb === 'read' && reads.push(key))); // has no localPath
});

describe('from a store on this machine', () => {
  test('the files stay where they are', async () => {
    const files = await materialize(local, manifest, cache);
    expect(files).toEqual({
      folder: local.localPath('models/iris/versions/1'),
      graph: 'model.onnx',
      files: manifest.files,
    });
    expect(statSync(join(files.folder, 'weights/part.bin')).size).toBe(manifest.files[1]!.size);
  });

  test('a graph in a folder below keeps its path', async () => {
    const { sources, ...rest } = draft();
    const nested = sources.map((source) => ({ ...source, path: `deep/${source.path}` }));
    const version = await registry.register('nested', { ...rest, graph: 'deep/model.onnx', sources: nested });
    const files = await materialize(local, version, cache);
    expect(readFileSync(join(files.folder, files.graph), 'utf8')).toBe('graph');
  });
});

describe('from a store elsewhere', () => {
  test('the files are brought once, and told of byte by byte', async () => {
    let bytes = 0;
    const files = await materialize(remote, manifest, cache, { onProgress: (more) => (bytes += more) });
    expect(bytes).toBe(manifest.files.reduce((sum, { size }) => sum + size, 0));
    expect(readFileSync(join(files.folder, 'model.onnx'), 'utf8')).toBe('x'.repeat(100_000));
    expect(readFileSync(join(files.folder, 'weights/part.bin'), 'utf8')).toMatch(/x weights$/);
    expect(reads).toHaveLength(2);
    expect(await materialize(remote, manifest, cache, { onProgress: () => expect.unreachable() })).toEqual(files);
    expect(reads).toHaveLength(2);
  });

  test('versions of the same content share a folder, others do not', async () => {
    const same = await registry.register('copy', draft('x'.repeat(100_000)));
    const other = await registry.register('iris', draft('y'));
    const folders = await Promise.all(
      [manifest, same, other].map(async (one) => (await materialize(remote, one, cache)).folder),
    );
    expect(folders[0]).toBe(folders[1]);
    expect(folders[2]).not.toBe(folders[0]);
    expect(readdirSync(cache)).toHaveLength(2);
  });

  test('what was damaged or is missing in the cache is brought again', async () => {
    const { folder } = await materialize(remote, manifest, cache);
    writeFileSync(join(folder, 'model.onnx'), 'damaged');
    reads.length = 0;
    await materialize(remote, manifest, cache);
    expect(reads).toEqual(['models/iris/versions/1/model.onnx']);
    expect(readFileSync(join(folder, 'model.onnx'), 'utf8')).toBe('x'.repeat(100_000));
  });

  test('many at once agree', async () => {
    const all = await Promise.all(Array.from({ length: 8 }, () => materialize(remote, manifest, cache)));
    expect(new Set(all.map(({ folder }) => folder)).size).toBe(1);
    expect(readdirSync(all[0]!.folder).sort()).toEqual(['model.onnx', 'weights']);
    expect(readdirSync(join(all[0]!.folder, 'weights'))).toEqual(['part.bin']);
  });

  test('bytes that are not those of the manifest never get the name of the file', async () => {
    await local.put('models/iris/versions/1/model.onnx', Buffer.from('other'));
    await expect(materialize(remote, manifest, cache)).rejects.toMatchObject({
      code: 'model.corrupt',
      kind: 'corrupt',
      fields: { path: 'model.onnx', expected: manifest.files[0]!.sha256 },
    });
    expect(kept()).toEqual(['weights/part.bin']);
  });

  test('a file that is gone is said, and leaves nothing half', async () => {
    const absent: Manifest = { ...manifest, version: 9 };
    await expect(materialize(remote, absent, cache)).rejects.toMatchObject({ code: 'store.not_found' });
    expect(kept()).toEqual([]);
  });

  test('says that it has hashed every file, which the engine then need not', async () => {
    expect(await materialize(remote, manifest, cache)).toMatchObject({ verified: true });
    expect(await materialize(remote, manifest, cache)).toMatchObject({ verified: true });
    expect(await materialize(local, manifest, cache)).not.toHaveProperty('verified');
  });

  test('asks for room for what is missing before the first byte, and takes a no', async () => {
    const asked: number[] = [];
    const onMissing = async (bytes: number) => void asked.push(bytes);
    const refusal = new Error('no room');
    await expect(materialize(remote, manifest, cache, { onMissing: () => Promise.reject(refusal) })).rejects.toBe(
      refusal,
    );
    expect(reads).toEqual([]);
    const { folder } = await materialize(remote, manifest, cache, { onMissing });
    writeFileSync(join(folder, 'model.onnx'), 'damaged');
    await materialize(remote, manifest, cache, { onMissing });
    const [graph, weights] = manifest.files.map(({ size }) => size) as [number, number];
    expect(asked).toEqual([graph + weights, graph]);
  });
});

/** Files in the cache, whole or half. */
const kept = (): string[] =>
  readdirSync(join(cache, readdirSync(cache)[0]!), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name, parentPath }) => `${parentPath}/${name}`.split('/').slice(-2).join('/'));
