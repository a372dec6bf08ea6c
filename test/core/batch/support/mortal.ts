import type { ObjectStore } from '#core/ports.ts';

/** What a process that was killed leaves of its work: nothing hears of it. */
class Killed extends Error {}

/** A write to die at, the first of them 0, and whether it is done by then. */
export interface Death {
  readonly write: number;
  readonly done: boolean;
}

/** A store whose user is killed at some of its writes; each kill comes once. `writes` counts them. */
export function mortal(store: ObjectStore, deaths: readonly Death[]): { store: ObjectStore; writes: () => number } {
  const left = [...deaths];
  let count = 0;
  async function atRisk<T>(write: () => Promise<T>): Promise<T> {
    const number = count++;
    const index = left.findIndex((death) => death.write === number);
    const [death] = index < 0 ? [] : left.splice(index, 1);
    if (death && !death.done) throw new Killed();
    const result = await write();
    if (death) throw new Killed();
    return result;
  }
  const mortalStore: ObjectStore = {
    url: store.url,
    get: (key) => store.get(key),
    read: (key) => store.read(key),
    list: (prefix, after) => store.list(prefix, after),
    folders: (prefix) => store.folders(prefix),
    put: (key, bytes, condition) => atRisk(() => store.put(key, bytes, condition)),
    write: (key, chunks, size, condition) => atRisk(() => store.write(key, chunks, size, condition)),
  };
  return { store: mortalStore, writes: () => count };
}

/** Does it over and over, for as long as it is killed. */
export async function untilDone<T>(work: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof Killed)) throw error;
    }
  }
}
