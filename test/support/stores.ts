import type { ObjectStore } from '#core/ports.ts';

type Verb = 'get' | 'read' | 'put' | 'write' | 'list' | 'folders';

/** A store that tells `before` of every call first, which may throw, as a process that dies there would. */
export function watched(store: ObjectStore, before: (verb: Verb, key: string) => void): ObjectStore {
  return {
    url: store.url,
    async get(key) {
      before('get', key);
      return store.get(key);
    },
    async *read(key) {
      before('read', key);
      yield* store.read(key);
    },
    async put(key, bytes, condition) {
      before('put', key);
      return store.put(key, bytes, condition);
    },
    async write(key, chunks, size, condition) {
      before('write', key);
      return store.write(key, chunks, size, condition);
    },
    async *list(prefix, after) {
      before('list', prefix);
      yield* store.list(prefix, after);
    },
    async *folders(prefix) {
      before('folders', prefix);
      yield* store.folders(prefix);
    },
  };
}
