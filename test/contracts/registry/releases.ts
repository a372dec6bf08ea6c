import { describe, expect, test } from 'vitest';
import { draft } from '../../support/versions.ts';
import { history, newRegistry, type RegistryContract, verified } from './places.ts';

/** What releases make of `live` and `previous`, and what they record. */
export function releasesContract(contract: RegistryContract): void {
  describe('releases', () => {
    async function withLive() {
      const made = await newRegistry(contract);
      for (let version = 1; version <= 3; version++) await made.registry.register('iris', draft(`${version}`));
      await made.registry.setAlias('iris', 'live', 1);
      return made;
    }

    const canary = { version: 1, target: '1', challenger: 2, challengerTarget: '2', weight: 5, release: 'iris-r1' };

    test('divide live, and take what they have set away again', async () => {
      const { registry } = await withLive();
      const divided = await registry.setReleased('iris', 'live', canary, { why: 'step 1' });
      expect(divided).toMatchObject({ alias: 'live', ...canary, sequence: 5 });
      const moved = await registry.setReleased('iris', 'live', { version: 2, target: '2', release: 'iris-r1' });
      expect(moved).toEqual({
        alias: 'live',
        version: 2,
        target: '2',
        release: 'iris-r1',
        sequence: 6,
        updatedAt: moved.updatedAt,
      });
      expect(await registry.alias('iris', 'live')).toEqual(moved);
      const [last] = (await history(registry, 'iris')).slice(-1);
      expect(last).toMatchObject({ action: 'alias', alias: 'live', from: 1, to: 2, release: 'iris-r1' });
      expect(last).not.toHaveProperty('forced');
      expect(await verified(registry)).toEqual([]);
    });

    test('record nothing where it stands so already', async () => {
      const { registry } = await withLive();
      const first = await registry.setReleased('iris', 'live', canary);
      expect(await registry.setReleased('iris', 'live', canary)).toEqual(first);
      expect((await history(registry, 'iris')).length).toBe(5);
      await registry.setReleased('iris', 'live', { ...canary, weight: 50 });
      expect((await history(registry, 'iris')).length).toBe(6);
    });

    test('are refused where somebody else has moved it', async () => {
      const { registry } = await withLive();
      const { sequence } = await registry.setReleased('iris', 'live', canary, { expectSequence: 4 });
      const late = registry.setReleased('iris', 'live', { ...canary, weight: 9 }, { expectSequence: 4 });
      await expect(late).rejects.toMatchObject({ code: 'alias.conflict', kind: 'conflict' });
      await registry.setReleased('iris', 'live', { ...canary, weight: 9 }, { expectSequence: sequence });
      const gone = registry.setReleased('iris', 'live', { version: 9, target: '9' });
      await expect(gone).rejects.toMatchObject({ code: 'version.not_found' });
    });

    test('of many at once from the same state one moves it', async () => {
      const { registry } = await withLive();
      const shift = (weight: number) =>
        registry.setReleased('iris', 'live', { ...canary, weight }, { expectSequence: 4 });
      const ended = await Promise.allSettled([1, 2, 3, 4, 5].map(shift));
      expect(ended.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      expect(await verified(registry)).toEqual([]);
    });

    test('a person who moves live by force ends what a release had set there', async () => {
      const { registry } = await withLive();
      await registry.setReleased('iris', 'live', canary);
      const forced = await registry.setAlias('iris', 'live', 3, { force: true });
      for (const field of ['challenger', 'challengerTarget', 'weight', 'target', 'release']) {
        expect(forced).not.toHaveProperty(field);
      }
      const moves = (await history(registry, 'iris')).slice(-2);
      expect(moves[0]).toMatchObject({ alias: 'live', forced: true, from: 1, to: 3 });
      expect(moves[1]).toMatchObject({ alias: 'previous', to: 1 });
      expect(await registry.alias('iris', 'previous')).toMatchObject({ version: 1, target: '1' });
    });

    test('an end is recorded once, however often it is tried, and whatever came behind it', async () => {
      const { registry } = await withLive();
      const since = '2026-01-02T03:04:00.000Z';
      const isSame = ({ action, release }: { action: string; release?: unknown }) =>
        action === 'release' && release === 'iris-r1';
      const entry = { action: 'release', actor: 'ada', release: 'iris-r1', state: 'live' };
      const first = await registry.record('iris', entry, { since, isSame });
      await registry.setAlias('iris', 'candidate', 3);
      expect(await registry.record('iris', entry, { since, isSame })).toEqual(first);
      expect(first).toMatchObject({ actor: 'ada', state: 'live', sequence: 5 });
      const later = await registry.record('iris', { ...entry, release: 'iris-r2' }, { since, isSame: () => false });
      expect(later.sequence).toBe(7);
      expect(await verified(registry)).toEqual([]);
    });
  });
}
