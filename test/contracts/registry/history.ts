import { describe, expect, test } from 'vitest';
import { draft } from '../../support/versions.ts';
import { watched } from '../../support/stores.ts';
import { bytesAt, history, newRegistry, type RegistryContract, registryOn, sha256 } from './places.ts';

/** The record of every change. */
export function historyContract(contract: RegistryContract): void {
  describe('history', () => {
    test('says who did what, when and why, and each record holds the hash of the one before', async () => {
      const { store, registry } = await newRegistry(contract);
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
      const { store, registry } = await newRegistry(contract);
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
}
