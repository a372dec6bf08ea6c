import { OnnwardError } from '#core/errors.ts';
import type { InputReader, ObjectStat, ObjectStore } from '#core/ports.ts';

/** What lies in a store, as inputs of a job. */
export function inputsOf(store: ObjectStore): InputReader {
  const statOf = (bytes: Uint8Array, etag: string): ObjectStat => ({ size: bytes.length, version: etag });
  return {
    url: store.url,
    async stat(key) {
      const stored = await store.get(key);
      return stored && statOf(stored.bytes, stored.etag);
    },
    async *read(key, { version }, start, end) {
      const stored = await store.get(key);
      if (stored?.etag !== version) throw new OnnwardError('changed', { code: 'input.changed', kind: 'conflict' });
      yield stored.bytes.subarray(start, end);
    },
    async *list(prefix) {
      for await (const { key } of store.list(prefix)) {
        const stored = await store.get(key);
        if (stored) yield { key, ...statOf(stored.bytes, stored.etag) };
      }
    },
  };
}
