import { readDocument } from '../../documents.ts';
import type { ObjectStore } from '../../ports.ts';

/** Documents that are kept of a store. */
const KEPT = 5000;

const known = new WeakMap<ObjectStore, Map<string, object>>();

/**
 * A document that is there and is never written again: a look at a thousand trials is not to read each of them once more.
 * Nothing depends on what is kept. Throws `store.corrupt`.
 */
export async function remembered<T extends object>(store: ObjectStore, key: string): Promise<T> {
  const documents = known.get(store) ?? new Map<string, object>();
  known.set(store, documents);
  const there = documents.get(key) ?? (await readDocument(store, key));
  if (!there) throw new RangeError(`${key} was there, and is gone`);
  if (documents.size >= KEPT) documents.clear();
  documents.set(key, there);
  return there as T;
}
