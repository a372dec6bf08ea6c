import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { OnnwardError } from '#core/errors.ts';
import type { ObjectStore } from '#core/ports.ts';
import type { Finding } from '#core/registry/finding.ts';
import { Registry } from '#core/registry/registry.ts';
import { watched } from '../support/stores.ts';
import { draft, source } from '../support/versions.ts';
import type { Place } from './object-store.ts';

export interface RegistryContract {
  /** Makes a new, empty place. */
  readonly place: () => Promise<Place>;
  /** Takes an object away, behind the back of the store. */
  readonly remove: (store: ObjectStore, key: string) => Promise<void>;
}

const START = Date.UTC(2026, 0, 2, 3, 4, 5);

/** A registry whose clock goes on by a second at each look. */
function registryOn(store: ObjectStore, actor = 'ada'): Registry {
  let now = START;
  return new Registry(store, { clock: () => (now += 1000), actor });
}

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const verified = (registry: Registry, name?: string): Promise<Finding[]> => Array.fromAsync(registry.verify(name));
const history = (registry: Registry, name: string) => Array.fromAsync(registry.history(name));
const bytesAt = async (store: ObjectStore, key: string): Promise<Uint8Array> => (await store.get(key))!.bytes;
const keysOf = async (store: ObjectStore, prefix = ''): Promise<string[]> =>
  (await Array.fromAsync(store.list(prefix))).map(({ key }) => key);

export function registryContract({ place, remove }: RegistryContract): void {
  const newStore = async (): Promise<ObjectStore> => (await place())();

  async function newRegistry() {
    const store = await newStore();
    return { store, registry: registryOn(store) };
  }

  describe('register', () => {
    test('numbers versions from 1, and keeps the files and the manifest where the layout says', async () => {
      const { store, registry } = await newRegistry();
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
      const { registry } = await newRegistry();
      let bytes = 0;
      await registry.register('iris', draft('x'.repeat(200_000)), { onProgress: (more) => (bytes += more) });
      expect(bytes).toBe(200_000 + 200_008);
    });

    test('lists versions by number and models by name, not as their keys sort', async () => {
      const { registry } = await newRegistry();
      for (let version = 1; version <= 11; version++) await registry.register('m', draft(`${version}`));
      expect(await registry.versions('m')).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
      for (const name of ['m-1', 'm.1', 'm_1', 'm1']) await registry.register(name, draft());
      expect(await registry.models()).toEqual(['m', 'm-1', 'm.1', 'm1', 'm_1']);
    });

    test('a file that is not what its hash says makes no version, and its number is not used again', async () => {
      const { registry } = await newRegistry();
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
      const { store, registry } = await newRegistry();
      await expect(registry.register('iris', draft('x', wrong))).rejects.toMatchObject({ code, kind: 'invalid' });
      expect(await keysOf(store)).toEqual([]);
    });

    test.each(['', 'Iris', '../iris', 'a/b', '.iris', 'iris.', 'x'.repeat(64)])(
      'the name %j is refused',
      async (name) => {
        const { store, registry } = await newRegistry();
        await expect(registry.register(name, draft())).rejects.toMatchObject({ code: 'reference.invalid' });
        expect(await keysOf(store)).toEqual([]);
      },
    );

    test('two registries that know nothing of each other share the numbers', async () => {
      const open = await place();
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

  describe('what is not there', () => {
    test('is said with what there is, and what to do', async () => {
      const { registry } = await newRegistry();
      await expect(registry.versions('iris')).rejects.toMatchObject({
        code: 'model.not_found',
        fix: "Run 'onnward register iris PATH'.",
      });
      await registry.register('iris', draft());
      await registry.register('digits', draft());
      await expect(registry.resolve('iri')).rejects.toMatchObject({
        code: 'model.not_found',
        kind: 'not-found',
        message: expect.stringMatching(/^There is no model iri in .*: it has digits, iris\. Did you mean iris\?$/),
      });
      await expect(registry.manifest('iris', 7)).rejects.toMatchObject({
        code: 'version.not_found',
        message: 'iris has no version 7: it has 1.',
      });
      await expect(registry.resolve('iris')).rejects.toMatchObject({
        code: 'alias.not_found',
        message: 'iris has no alias live: it has no aliases.',
        fix: "Run 'onnward alias iris live 1'.",
      });
      await expect(history(registry, 'x')).rejects.toMatchObject({ code: 'model.not_found' });
      await expect(verified(registry, 'x')).rejects.toMatchObject({ code: 'model.not_found' });
      await expect(registry.aliases('x')).rejects.toMatchObject({ code: 'model.not_found' });
      await expect(registry.setAlias('iris', 'live', 7)).rejects.toMatchObject({ code: 'version.not_found' });
      await expect(registry.setAlias('x', 'live', 1)).rejects.toMatchObject({ code: 'model.not_found' });
      expect(await registry.alias('iris', 'live')).toBeUndefined();
      expect(await registry.aliases('iris')).toEqual([]);
    });
  });

  describe('aliases', () => {
    async function withVersions(count: number) {
      const made = await newRegistry();
      for (let version = 1; version <= count; version++) await made.registry.register('iris', draft(`${version}`));
      return made;
    }

    test('name a version, and resolve with and without being named', async () => {
      const { registry } = await withVersions(3);
      const record = await registry.setAlias('iris', 'live', 2, { why: 'first' });
      expect(record).toEqual({ alias: 'live', version: 2, sequence: 4, updatedAt: '2026-01-02T03:04:12.000Z' });
      await registry.setAlias('iris', 'candidate', 3);
      expect(await registry.alias('iris', 'live')).toEqual(record);
      expect((await registry.aliases('iris')).map(({ alias, version }) => [alias, version])).toEqual([
        ['candidate', 3],
        ['live', 2],
      ]);
      const versions = ['iris', 'iris@live', 'iris@candidate', 'iris:1'].map((text) => registry.resolve(text));
      expect((await Promise.all(versions)).map(({ version }) => version)).toEqual([2, 2, 3, 1]);
      expect((await registry.resolve({ name: 'iris', alias: 'candidate' })).manifest).toEqual(
        await registry.manifest('iris', 3),
      );
    });

    test('the first live is free, a later one takes force, and that is recorded', async () => {
      const { registry } = await withVersions(2);
      await registry.setAlias('iris', 'live', 1);
      await expect(registry.setAlias('iris', 'live', 2)).rejects.toMatchObject({
        code: 'alias.live_guarded',
        kind: 'conflict',
        fix: "Run 'onnward alias iris live 2 --force': the history records that it was forced.",
      });
      expect((await registry.alias('iris', 'live'))?.version).toBe(1);
      await registry.setAlias('iris', 'live', 1); // where it stands already: nothing to guard
      await registry.setAlias('iris', 'live', 2, { force: true, why: 'the house is on fire' });
      const records = (await history(registry, 'iris')).filter(({ action }) => action === 'alias');
      expect(records.map(({ from, to, forced }) => [from, to, forced])).toEqual([
        [null, 1, undefined],
        [1, 1, undefined],
        [1, 2, true],
      ]);
      expect(records.at(-1)).toMatchObject({ actor: 'ada', why: 'the house is on fire', alias: 'live' });
    });

    test('a write that expects something else is refused, and leaves no trace', async () => {
      const { registry } = await withVersions(2);
      await registry.setAlias('iris', 'candidate', 1, { expect: 0 });
      for (const expected of [0, 2]) {
        await expect(registry.setAlias('iris', 'candidate', 2, { expect: expected })).rejects.toMatchObject({
          code: 'alias.conflict',
          kind: 'conflict',
          fields: { name: 'iris', alias: 'candidate', expected, actual: 1 },
        });
      }
      expect(await history(registry, 'iris')).toHaveLength(3);
      await registry.setAlias('iris', 'candidate', 2, { expect: 1 });
    });

    test('fields of a later Onnward survive a move', async () => {
      const { store, registry } = await withVersions(2);
      await registry.setAlias('iris', 'candidate', 1);
      const key = 'models/iris/aliases/candidate.json';
      const file = JSON.parse(Buffer.from(await bytesAt(store, key)).toString()) as object;
      await store.put(key, Buffer.from(JSON.stringify({ ...file, challenger: 2, weight: 5, later: { x: [1] } })));
      const moved = await registry.setAlias('iris', 'candidate', 2);
      expect(moved).toMatchObject({ version: 2, challenger: 2, weight: 5, later: { x: [1] } });
      expect(await registry.alias('iris', 'candidate')).toEqual(moved);
      expect(await verified(registry)).toEqual([]);
    });

    test.each(['7', 'Live', 'a/b', '..', ''])('the alias %j is refused', async (alias) => {
      const { registry } = await withVersions(1);
      await expect(registry.setAlias('iris', alias, 1)).rejects.toMatchObject({ code: 'reference.invalid' });
    });
  });

  describe('history', () => {
    test('says who did what, when and why, and each record holds the hash of the one before', async () => {
      const { store, registry } = await newRegistry();
      await registry.register('iris', draft(), { why: 'retrained' });
      await registry.setAlias('iris', 'live', 1);
      const records = await history(registry, 'iris');
      const manifest = sha256(await bytesAt(store, 'models/iris/versions/1/manifest.json'));
      expect(records).toMatchObject([
        {
          sequence: 1,
          actor: 'ada',
          action: 'register',
          why: 'retrained',
          version: 1,
          manifest,
          previous: '0'.repeat(64),
        },
        { sequence: 2, actor: 'ada', action: 'alias', alias: 'live', from: null, to: 1, manifest },
      ]);
      expect(records.map(({ at }) => at)).toEqual(['2026-01-02T03:04:07.000Z', '2026-01-02T03:04:08.000Z']);
      expect(records[1]?.previous).toBe(sha256(await bytesAt(store, 'models/iris/history/0000000001.json')));
    });

    test('its end is found without reading it all', async () => {
      const { store, registry } = await newRegistry();
      await registry.register('iris', draft());
      for (let turn = 0; turn < 70; turn++) await registry.setAlias('iris', 'candidate', 1);
      const seen: string[] = [];
      const other = registryOn(watched(store, (verb, key) => void seen.push(`${verb} ${key}`)));
      await other.setAlias('iris', 'candidate', 1);
      expect(seen.filter((call) => call.includes('/history/')).length).toBeLessThan(20);
      seen.length = 0;
      await other.setAlias('iris', 'candidate', 1);
      expect(seen.filter((call) => call.includes('/history/')).length).toBeLessThan(5);
      expect((await history(registry, 'iris')).map(({ sequence }) => sequence)).toEqual(
        Array.from({ length: 73 }, (_, index) => index + 1),
      );
    });
  });

  describe('a writer that dies', () => {
    class Death extends Error {}

    /** Runs `work` on a store that dies at its n-th write, for n from 1 on until it gets through. */
    async function dyingAtEachWrite(
      prepare: (registry: Registry) => Promise<unknown>,
      work: (registry: Registry) => Promise<unknown>,
      after: (store: ObjectStore, registry: Registry, died: boolean) => Promise<void>,
    ): Promise<number> {
      for (let deadline = 1; ; deadline++) {
        const store = await newStore();
        await prepare(registryOn(store));
        let writes = 0;
        const dying = watched(store, (verb) => {
          if ((verb === 'put' || verb === 'write') && ++writes === deadline) throw new Death();
        });
        const error = await work(registryOn(dying)).catch((reason: unknown) => reason);
        await after(store, registryOn(store, 'next'), error instanceof Death);
        if (!(error instanceof Death)) return deadline - 1;
      }
    }

    test('at any write of a registration leaves no version or a whole one, and the next writer succeeds', async () => {
      const writes = await dyingAtEachWrite(
        (registry) => registry.register('iris', draft('before')),
        (registry) => registry.register('iris', draft('dying')),
        async (_, registry, died) => {
          const left = await verified(registry);
          expect(left.map(({ severity }) => severity)).toEqual(left.length === 0 ? [] : ['note']);
          for (const version of await registry.versions('iris')) await registry.manifest('iris', version);
          const next = await registry.register('iris', draft('next'));
          expect(next.version).toBeGreaterThanOrEqual(died ? 2 : 3);
          await registry.setAlias('iris', 'live', next.version);
          expect((await verified(registry)).filter(({ severity }) => severity === 'corrupt')).toEqual([]);
        },
      );
      expect(writes).toBe(5); // claim, two files, manifest, history
    });

    test('between the history and the alias file leaves a file that the next writer brings up', async () => {
      const states: string[] = [];
      const writes = await dyingAtEachWrite(
        async (registry) => {
          for (const version of [1, 2]) await registry.register('iris', draft(`${version}`));
          await registry.setAlias('iris', 'candidate', 1);
        },
        (registry) => registry.setAlias('iris', 'candidate', 2),
        async (_, registry) => {
          const left = await verified(registry);
          const before = (await registry.alias('iris', 'candidate'))?.version;
          await registry.register('iris', draft('other'));
          const moved = (await history(registry, 'iris')).some(({ to }) => to === 2);
          const { version } = (await registry.alias('iris', 'candidate'))!;
          expect(version).toBe(moved ? 2 : 1);
          expect(await verified(registry)).toEqual([]);
          states.push(`${before} ${left.map(({ code }) => code).join()} ${version}`);
        },
      );
      expect(writes).toBe(2);
      expect(states).toEqual(['1  1', '1 alias.behind 2', '2  2']);
    });
  });

  describe('verify', () => {
    async function filled() {
      const made = await newRegistry();
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
      expect(await verified((await newRegistry()).registry)).toEqual([]);
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
        await remove(store, key);
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
      await remove(store, newest);
      const middle = await forge(2, { actor: 'mallory' });
      expect((await verified(registry))[0]).toMatchObject({ code: 'history.touched', key: middle });
    });

    test('cutting off the end of the history shows in what it stood for', async () => {
      const { store, registry } = await filled();
      await remove(store, 'models/iris/history/0000000004.json');
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
        const { store, registry } = await newRegistry();
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
      const { store, registry } = await newRegistry();
      const dying = watched(store, (verb, key) => {
        if (verb === 'put' && key.includes('/history/')) throw new Error('dead');
      });
      await expect(registryOn(dying).register('iris', draft())).rejects.toThrow('dead');
      expect(await verified(registry)).toMatchObject([{ severity: 'note', code: 'version.unrecorded' }]);
      await registry.setAlias('iris', 'live', 1);
      expect((await registry.resolve('iris')).version).toBe(1);
    });
  });

  test('an alias file that cannot be read is an error that names it, for readers and for writers', async () => {
    const { store, registry } = await newRegistry();
    await registry.register('iris', draft());
    await registry.setAlias('iris', 'candidate', 1);
    const key = 'models/iris/aliases/candidate.json';
    for (const wrong of ['', '[]', 'null', '{"version":"1","sequence":1}', '\u{ff}']) {
      await store.put(key, Buffer.from(wrong, 'latin1'));
      const refusal = { code: 'registry.corrupt', kind: 'corrupt', fields: { key } };
      await expect(registry.resolve('iris@candidate')).rejects.toMatchObject(refusal);
      await expect(registry.setAlias('iris', 'candidate', 1)).rejects.toMatchObject(refusal);
      await expect(registry.alias('iris', 'candidate')).rejects.toBeInstanceOf(OnnwardError);
    }
  });
}
