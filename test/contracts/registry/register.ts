import { describe, expect, test } from 'vitest';
import { draft, source } from '../../support/versions.ts';
import {
  bytesAt,
  history,
  keysOf,
  newRegistry,
  type RegistryContract,
  registryOn,
  sha256,
  verified,
} from './places.ts';

/** Versions: numbered, whole or not there, and what is refused. */
export function registerContract(contract: RegistryContract): void {
  describe('register', () => {
    test('numbers versions from 1, and keeps the files and the manifest where the layout says', async () => {
      const { store, registry } = await newRegistry(contract);
      const first = await registry.register('iris', draft('one', { task: 'classification', custom: { kept: true } }));
      const second = await registry.register('iris', draft('two'));
      expect([first.version, second.version]).toEqual([1, 2]);
      expect(first).toMatchObject({ name: 'iris', task: 'classification', custom: { kept: true } });
      expect(first.files.map(({ path }) => path)).toEqual(['model.onnx', 'weights/part.bin']);
      expect(await registry.manifest('iris', 1)).toEqual(first);
      expect(await registry.versions('iris')).toEqual([1, 2]);
      expect(await registry.models()).toEqual(['iris']);
      expect(Buffer.from(await bytesAt(store, 'models/iris/versions/2/weights/part.bin')).toString()).toBe(
        'two weights',
      );
    });

    test('tells of every byte that went up', async () => {
      const { registry } = await newRegistry(contract);
      let bytes = 0;
      await registry.register('iris', draft('x'.repeat(200_000)), { onProgress: (more) => (bytes += more) });
      expect(bytes).toBe(200_000 + 200_008);
    });

    test('lists versions by number and models by name, not as their keys sort', async () => {
      const { registry } = await newRegistry(contract);
      for (let version = 1; version <= 11; version++) await registry.register('m', draft(`${version}`));
      expect(await registry.versions('m')).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
      for (const name of ['m-1', 'm.1', 'm_1', 'm1']) await registry.register(name, draft());
      expect(await registry.models()).toEqual(['m', 'm-1', 'm.1', 'm1', 'm_1']);
    });

    test('a file that is not what its hash says makes no version, and its number is not used again', async () => {
      const { registry } = await newRegistry(contract);
      const changed = { ...source('model.onnx', 'now'), sha256: sha256(Buffer.from('old')) };
      await expect(registry.register('iris', draft('x', { sources: [changed] }))).rejects.toMatchObject({
        code: 'artifact.changed',
        fields: { path: 'model.onnx', actual: sha256(Buffer.from('now')) },
      });
      expect(await registry.versions('iris')).toEqual([]);
      expect((await registry.register('iris', draft())).version).toBe(2);
      expect(await verified(registry)).toMatchObject([{ severity: 'note', code: 'version.unfinished' }]);
    });

    test.each([
      ['a path that climbs', { sources: [source('model.onnx', 'x'), source('../x', 'x')] }, 'manifest.invalid'],
      ['a path twice', { sources: [source('model.onnx', 'x'), source('model.onnx', 'y')] }, 'manifest.invalid'],
      [
        'a file named as the manifest',
        { sources: [source('model.onnx', 'x'), source('manifest.json', 'x')] },
        'artifact.path',
      ],
      ['a file named as the claim', { sources: [source('model.onnx', 'x'), source('.claim', 'x')] }, 'artifact.path'],
      ['no files', { sources: [] }, 'manifest.invalid'],
      ['a graph that is none of the files', { graph: 'other.onnx' }, 'manifest.invalid'],
    ])('%s is refused before anything is written', async (_, wrong, code) => {
      const { store, registry } = await newRegistry(contract);
      await expect(registry.register('iris', draft('x', wrong))).rejects.toMatchObject({ code, kind: 'invalid' });
      expect(await keysOf(store)).toEqual([]);
    });

    test.each(['', 'Iris', '../iris', 'a/b', '.iris', 'iris.', 'x'.repeat(64)])(
      'the name %j is refused',
      async (name) => {
        const { store, registry } = await newRegistry(contract);
        await expect(registry.register(name, draft())).rejects.toMatchObject({ code: 'reference.invalid' });
        expect(await keysOf(store)).toEqual([]);
      },
    );

    test('two registries that know nothing of each other share the numbers', async () => {
      const open = await contract.place();
      const [one, two] = [registryOn(await open(), 'one'), registryOn(await open(), 'two')];
      const versions: number[] = [];
      for (let turn = 0; turn < 3; turn++) {
        for (const registry of [one, two]) versions.push((await registry.register('iris', draft())).version);
      }
      expect(versions).toEqual([1, 2, 3, 4, 5, 6]);
      expect((await history(one, 'iris')).map(({ actor }) => actor)).toEqual([
        'one',
        'two',
        'one',
        'two',
        'one',
        'two',
      ]);
    });
  });
}
