import { describe, expect, test } from 'vitest';
import { watched } from '../../support/stores.ts';
import { draft } from '../../support/versions.ts';
import { bytesAt, keysOf, newRegistry, type RegistryContract, registryOn, sha256, verified } from './places.ts';

/** What verification finds, and what it leaves in peace. */
export function verifyContract(contract: RegistryContract): void {
  describe('verify', () => {
    async function filled() {
      const made = await newRegistry(contract);
      for (const name of ['digits', 'iris']) {
        for (const version of [1, 2]) await made.registry.register(name, draft(`${name} ${version}`));
        await made.registry.setAlias(name, 'live', 1);
        await made.registry.setAlias(name, 'live', 2, { force: true });
      }
      return made;
    }

    test('finds nothing where nothing was touched, and tells of every byte that it read', async () => {
      const { registry } = await filled();
      let bytes = 0;
      expect(await Array.fromAsync(registry.verify('iris', { onProgress: (more) => (bytes += more) }))).toEqual([]);
      expect(bytes).toBe(2 * (6 + 14));
      expect(await verified(registry)).toEqual([]);
      expect(await verified((await newRegistry(contract)).registry)).toEqual([]);
    });

    test('names whatever was touched, first', async () => {
      const { store, registry } = await filled();
      for (const key of (await keysOf(store, 'models/iris/')).filter((one) => !one.endsWith('/.claim'))) {
        const bytes = await bytesAt(store, key);
        const wrongs = [
          Buffer.from(bytes).fill(bytes[bytes.length >> 1]! ^ 1, bytes.length >> 1, (bytes.length >> 1) + 1), // one bit
          bytes.subarray(0, -1),
          Buffer.concat([bytes, Buffer.from(' ')]),
          Buffer.from('{}'),
        ];
        for (const wrong of wrongs) {
          await store.put(key, wrong);
          expect((await verified(registry, 'iris'))[0], key).toMatchObject({ severity: 'corrupt', key });
        }
        await store.put(key, bytes);
      }
      expect(await verified(registry)).toEqual([]);
    });

    test('names whatever was taken away, first', async () => {
      const { store, registry } = await filled();
      const keys = (await keysOf(store, 'models/iris/')).filter(
        (key) => !key.endsWith('/.claim') && !key.endsWith('history/0000000004.json'),
      );
      for (const key of keys) {
        const bytes = await bytesAt(store, key);
        await contract.remove(store, key);
        expect((await verified(registry, 'iris'))[0], key).toMatchObject({ severity: 'corrupt', key });
        await store.put(key, bytes);
      }
    });

    test('a record that was forged with its own digest is named by the next one; the newest by what it stood for', async () => {
      const { store, registry } = await filled();
      const forge = async (sequence: number, change: object): Promise<string> => {
        const key = `models/iris/history/${String(sequence).padStart(10, '0')}.json`;
        const { digest: _, ...record } = JSON.parse(Buffer.from(await bytesAt(store, key)).toString()) as {
          digest: string;
        };
        const encode = (value: object): Buffer => Buffer.from(`${JSON.stringify(value, undefined, 2)}\n`);
        const forged = { ...record, ...change };
        await store.put(key, encode({ ...forged, digest: sha256(encode(forged)) }));
        return key;
      };
      const newest = await forge(4, { state: { alias: 'live', version: 1, sequence: 4 } });
      expect((await verified(registry))[0]).toMatchObject({
        severity: 'corrupt',
        key: 'models/iris/aliases/live.json',
        message: expect.stringContaining('history record 4'),
      });
      await contract.remove(store, newest);
      const middle = await forge(2, { actor: 'mallory' });
      expect((await verified(registry))[0]).toMatchObject({ code: 'history.touched', key: middle });
    });

    test('cutting off the end of the history shows in what it stood for', async () => {
      const { store, registry } = await filled();
      await contract.remove(store, 'models/iris/history/0000000004.json');
      expect(await verified(registry)).toMatchObject([{ code: 'alias.touched', key: 'models/iris/aliases/live.json' }]);
    });

    test('things that Onnward did not put there are named', async () => {
      const { store, registry } = await filled();
      const strange = {
        'models/iris/history/notes.json': ['note', 'history.unknown'],
        'models/iris/versions/1/notes.txt': ['note', 'file.unknown'],
        'models/iris/versions/9/.claim': ['note', 'version.unfinished'],
        'models/iris/aliases/mine.json': ['corrupt', 'alias.unrecorded'],
      };
      for (const key of Object.keys(strange)) await store.put(key, Buffer.from('{}'));
      const found = (await verified(registry, 'iris')).map(({ key, severity, code }) => [key, [severity, code]]);
      expect(Object.fromEntries(found)).toEqual(strange);
    });

    test('writers at work while it reads are no findings of corruption, wherever they come in', async () => {
      const codes = new Set<string>();
      for (let moment = 1, over = false; !over; moment++) {
        const { store, registry } = await newRegistry(contract);
        await registry.register('iris', draft('one'));
        await registry.setAlias('iris', 'live', 1);
        let reads = 0;
        const disturbed = watched(store, async () => {
          if (++reads !== moment) return;
          const { version } = await registry.register('iris', draft('two'));
          await registry.setAlias('iris', 'live', version, { force: true });
          await registry.setAlias('iris', 'candidate', version);
        });
        const findings = await verified(registryOn(disturbed), 'iris');
        expect(
          findings.filter(({ severity }) => severity === 'corrupt'),
          `at read ${moment}`,
        ).toEqual([]);
        for (const { code } of findings) codes.add(code);
        over = reads < moment;
      }
      expect([...codes].filter((code) => code !== 'version.unrecorded')).toEqual([]);
    });

    test('a version whose registration was not recorded is a note, and can be used', async () => {
      const { store, registry } = await newRegistry(contract);
      const dying = watched(store, (verb, key) => {
        if (verb === 'put' && key.includes('/history/')) throw new Error('dead');
      });
      await expect(registryOn(dying).register('iris', draft())).rejects.toThrow('dead');
      expect(await verified(registry)).toMatchObject([{ severity: 'note', code: 'version.unrecorded' }]);
      await registry.setAlias('iris', 'live', 1);
      expect((await registry.resolve('iris')).version).toBe(1);
    });
  });
}
