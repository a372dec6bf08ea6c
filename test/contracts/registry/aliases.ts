import { describe, expect, test } from 'vitest';
import { OnnwardError } from '#core/errors.ts';
import { draft } from '../../support/versions.ts';
import { bytesAt, history, newRegistry, type RegistryContract, verified } from './places.ts';

/** Movable names: how they resolve, who may move them, and files of them that cannot be read. */
export function aliasesContract(contract: RegistryContract): void {
  describe('aliases', () => {
    async function withVersions(count: number) {
      const made = await newRegistry(contract);
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
        fix: "Run 'onnward release iris:2'; 'onnward alias iris live 2 --force' goes past them, and is recorded.",
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

  test('an alias file that cannot be read is an error that names it, for readers and for writers', async () => {
    const { store, registry } = await newRegistry(contract);
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
