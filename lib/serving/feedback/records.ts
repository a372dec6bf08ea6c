import type { ObjectStore, StoredObject } from '#core/ports.ts';
import { isPrecondition } from '#core/registry/precondition.ts';

/** Where the keys of receipts lie, and what has come back for them. */
export interface FeedbackStore {
  /** Undefined where there is no such object. */
  get(key: string): Promise<StoredObject | undefined>;
  /** Writes it where there is none: true where it was this call that did. */
  create(key: string, bytes: Uint8Array): Promise<boolean>;
}

/** Of a registry's own store. */
export const feedbackStoreOf = (store: Pick<ObjectStore, 'get' | 'put'>): FeedbackStore => ({
  get: (key) => store.get(key),
  async create(key, bytes) {
    try {
      await store.put(key, bytes, { ifAbsent: true });
      return true;
    } catch (error) {
      if (isPrecondition(error)) return false;
      throw error;
    }
  },
});
