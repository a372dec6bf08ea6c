import { encode } from '#core/documents.ts';
import type { ObjectStore } from '#core/ports.ts';
import { documentKey } from '#core/training/keys.ts';
import type { Training } from '#core/training/training.ts';

/** A training as it was asked for. */
export const trainingOf = (more: Partial<Training> = {}): Training => ({
  format: 1,
  training: 'digits-t1',
  execution: 'execution-1',
  model: 'digits',
  kind: 'train',
  options: {},
  trigger: 'command',
  actor: 'ada',
  at: '2026-11-23T00:00:00.000Z',
  ...more,
});

/** The same, asked for in a store. */
export async function askFor(store: ObjectStore, more: Partial<Training> = {}): Promise<Training> {
  const training = trainingOf(more);
  await store.put(documentKey(training.training, 'request'), encode(training));
  return training;
}
