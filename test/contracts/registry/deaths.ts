import { describe, expect, test } from 'vitest';
import type { ObjectStore } from '#core/ports.ts';
import type { Registry } from '#core/registry/registry.ts';
import { watched } from '../../support/stores.ts';
import { draft } from '../../support/versions.ts';
import { history, newStore, type RegistryContract, registryOn, verified } from './places.ts';

/** Writers that die between two writes. */
export function deathsContract(contract: RegistryContract): void {
  describe('a writer that dies', () => {
    class Death extends Error {}

    /** Runs `work` on a store that dies at its n-th write, for n from 1 on until it gets through. */
    async function dyingAtEachWrite(
      prepare: (registry: Registry) => Promise<unknown>,
      work: (registry: Registry) => Promise<unknown>,
      after: (store: ObjectStore, registry: Registry, died: boolean) => Promise<void>,
    ): Promise<number> {
      for (let deadline = 1; ; deadline++) {
        const store = await newStore(contract);
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
}
