import { OnnwardError } from '../../errors.ts';
import type { ObjectStore, WriteCondition } from '../../ports.ts';

const CHUNK_BYTES = 2 ** 20;

/** Objects of this process alone: what is compared without a release leaves nothing behind. Keys are written once. */
export class MemoryStore implements ObjectStore {
  /** Of the store that keys of inputs are meant of. */
  readonly url: string;
  readonly #objects = new Map<string, Uint8Array>();

  constructor(url: string) {
    this.url = url;
  }

  get(key: string) {
    const bytes = this.#objects.get(key);
    return Promise.resolve(bytes && { bytes, etag: key });
  }

  async *read(key: string): AsyncGenerator<Uint8Array, void, undefined> {
    const bytes = this.#objects.get(key);
    if (!bytes)
      throw new OnnwardError(`There is no ${key}.`, { code: 'store.not_found', kind: 'not-found', fields: { key } });
    for (let at = 0; at < bytes.length; at += CHUNK_BYTES) yield bytes.subarray(at, at + CHUNK_BYTES);
  }

  async put(key: string, bytes: Uint8Array, _condition?: WriteCondition): Promise<string> {
    if (this.#objects.has(key)) {
      throw new OnnwardError(`${key} is there already.`, {
        code: 'store.precondition',
        kind: 'conflict',
        fields: { key },
      });
    }
    this.#objects.set(key, bytes);
    return key;
  }

  async write(key: string, chunks: AsyncIterable<Uint8Array>): Promise<void> {
    await this.put(key, Buffer.concat(await Array.fromAsync(chunks)));
  }

  async *list(prefix: string) {
    for (const key of [...this.#objects.keys()].sort()) {
      if (key.startsWith(prefix)) yield { key, size: this.#objects.get(key)!.length };
    }
  }

  async *folders(prefix: string) {
    const names = new Set<string>();
    for await (const { key } of this.list(prefix)) {
      const [name, ...more] = key.slice(prefix.length).split('/');
      if (name && more.length > 0) names.add(name);
    }
    yield* names;
  }
}
