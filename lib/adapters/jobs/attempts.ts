import { encode } from '#core/documents.ts';
import type { ObjectStore } from '#core/ports.ts';
import { isPrecondition } from '#core/registry/precondition.ts';
import { type AttemptDocument, attemptKey, attemptsPrefix } from '#core/training/agent/snapshot.ts';

/** Notes that a host begins with the training, and gives which one it is, from 1. */
export async function beginAttempt(store: ObjectStore, training: string, document: AttemptDocument): Promise<number> {
  for (let attempt = (await lastAttempt(store, training)) + 1; ; attempt++) {
    try {
      await store.put(attemptKey(training, attempt), encode(document), { ifAbsent: true });
      return attempt;
    } catch (error) {
      if (!isPrecondition(error)) throw error;
    }
  }
}

async function lastAttempt(store: ObjectStore, training: string): Promise<number> {
  const prefix = attemptsPrefix(training);
  let last = 0;
  for await (const { key } of store.list(prefix)) {
    const [, digits] = /^(\d{1,9})\.json$/.exec(key.slice(prefix.length)) ?? [];
    last = Math.max(last, Number(digits ?? 0));
  }
  return last;
}

/** Whether another host has begun with it since. */
export const isSuperseded = async (store: ObjectStore, training: string, attempt: number): Promise<boolean> =>
  (await store.get(attemptKey(training, attempt + 1))) !== undefined;
