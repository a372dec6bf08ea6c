import type { ObjectStore } from '#core/ports.ts';

type Verb = 'get' | 'read' | 'put' | 'write' | 'list' | 'folders';

/** A store that tells `before` of every call first, which may throw, as a process that dies there would. */
export function watched(store: ObjectStore, before: (verb: Verb, key: string) => void | Promise<void>): ObjectStore {
  return {
    url: store.url,
    async get(key) {
      await before('get', key);
      return store.get(key);
    },
    async *read(key) {
      await before('read', key);
      yield* store.read(key);
    },
    async put(key, bytes, condition) {
      await before('put', key);
      return store.put(key, bytes, condition);
    },
    async write(key, chunks, size, condition) {
      await before('write', key);
      return store.write(key, chunks, size, condition);
    },
    async *list(prefix, after) {
      await before('list', prefix);
      yield* store.list(prefix, after);
    },
    async *folders(prefix) {
      await before('folders', prefix);
      yield* store.folders(prefix);
    },
  };
}
