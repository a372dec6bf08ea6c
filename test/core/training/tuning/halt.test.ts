import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { documentKey } from '#core/training/keys.ts';
import type { Training } from '#core/training/training.ts';
import type { TrialOutcome } from '#core/training/tuning/documents.ts';
import { haltOf } from '#core/training/tuning/halt.ts';
import type { Trial } from '#core/training/tuning/table.ts';
import { MemoryStore } from '../../../support/memory-store.ts';

const TUNING = { training: 'iris-t1', options: { tuning: {}, timeLimit: '1h' } } as unknown as Training;
const CURVE = { last: 3, best: [[0, 0.5]] } as const;
const KINDS = ['failed', 'trained', 'stopped', 'running', 'reporting'] as const;
type Kind = (typeof KINDS)[number];

const outcomeOf = (trial: number, kind: Kind): TrialOutcome | undefined =>
  kind === 'running' || kind === 'reporting'
    ? undefined
    : { trial, state: kind, seconds: 1, ...(kind === 'failed' ? { reason: 'no memory' } : { objective: 0.5 }) };

const trialsOf = (kinds: readonly Kind[]): Trial[] =>
  kinds.map((kind, index) => {
    const outcome = outcomeOf(index + 1, kind);
    return { trial: index + 1, round: 0, hyperparameters: {}, timeLimit: '1h', ...(outcome && { outcome }) };
  });

const runningOf = (kinds: readonly Kind[]) =>
  kinds
    .filter((kind) => kind === 'running' || kind === 'reporting')
    .map((kind) => (kind === 'reporting' ? { curve: CURVE } : {}));

async function halted(kinds: readonly Kind[], seconds = 0) {
  const store = new MemoryStore();
  const halt = await haltOf(store, TUNING, trialsOf(kinds), runningOf(kinds), { seconds, dollars: 0 });
  return {
    state: halt?.state,
    isOver: halt !== undefined,
    stands: store.keys.includes(documentKey('iris-t1', 'halt')),
  };
}

test.each<[kinds: Kind[], isOver: boolean]>([
  [['failed', 'failed'], false],
  [['failed', 'failed', 'failed'], true],
  [['running', 'failed', 'failed', 'failed'], true],
  [['reporting', 'failed', 'failed', 'failed'], false],
  [['reporting', 'running', 'failed', 'failed', 'failed'], false],
  [['trained', 'failed', 'failed', 'failed'], false],
  [['stopped', 'failed', 'failed', 'failed'], false],
])('of %j nothing more is begun: %s', async (kinds, isOver) => {
  expect(await halted(kinds)).toEqual({ state: isOver ? 'failed' : undefined, isOver, stands: false });
});

test('a limit stands, whatever has failed, as long as something runs', async () => {
  expect(await halted(['running', 'failed', 'failed', 'failed'], 3601)).toMatchObject({
    state: undefined,
    stands: true,
  });
  expect(await halted(['failed', 'failed', 'failed'], 3601)).toMatchObject({ state: 'failed', stands: false });
});

test('failures alone end nothing that has shown that it can be otherwise, and are never written down', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.constantFrom(...KINDS), { maxLength: 12 }), async (kinds) => {
      const failed = kinds.filter((kind) => kind === 'failed').length;
      const isHopeless = failed >= 3 && !kinds.some((kind) => kind !== 'failed' && kind !== 'running');
      expect(await halted(kinds)).toEqual({
        state: isHopeless ? 'failed' : undefined,
        isOver: isHopeless,
        stands: false,
      });
    }),
  );
});
