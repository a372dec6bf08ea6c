import { createHash } from 'node:crypto';
import { Source } from '#adapters/source.ts';
import { OnnwardError } from '#core/errors.ts';
import { checkKey } from '#core/model/keys.ts';
import type { ListedObject, ObjectStore, StoredObject, WriteCondition } from '#core/ports.ts';

const etagOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

const byBytes = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));

/** An object store in memory, for properties that need thousands of them. It keeps the contract of all stores. */
export class MemoryStore implements ObjectStore {
  readonly url = 'file:/in-memory';
  readonly #objects = new Map<string, Uint8Array>();
  readonly #modified = new Map<string, number>();
  readonly #clock: () => number;

  constructor(clock: () => number = Date.now) {
    this.#clock = clock;
  }

  /** Keys, in the order in which they were first written. */
  get keys(): string[] {
    return [...this.#objects.keys()];
  }

  get(key: string): Promise<StoredObject | undefined> {
    return attempt(() => {
      checkKey(key);
      const bytes = this.#objects.get(key);
      return bytes && { bytes: Uint8Array.from(bytes), etag: etagOf(bytes) };
    });
  }

  async *read(key: string): AsyncIterable<Uint8Array> {
    const stored = await this.get(key);
    if (!stored)
      throw new OnnwardError(`There is no ${key}.`, { code: 'store.not_found', kind: 'not-found', fields: { key } });
    yield stored.bytes;
  }

  put(key: string, bytes: Uint8Array, condition?: WriteCondition): Promise<string> {
    return attempt(() => {
      checkKey(key);
      this.#check(key, condition);
      this.#objects.set(key, Uint8Array.from(bytes));
      this.#modified.set(key, this.#clock());
      return etagOf(bytes);
    });
  }

  async write(
    key: string,
    chunks: AsyncIterable<Uint8Array>,
    size: number | undefined,
    condition?: WriteCondition,
  ): Promise<void> {
    checkKey(key);
    this.#check(key, condition);
    const all = await Array.fromAsync(new Source(key, chunks, size), (chunk) => Uint8Array.from(chunk));
    await this.put(key, Buffer.concat(all), condition);
  }

  async *list(prefix: string, after = ''): AsyncIterable<ListedObject> {
    const folder = prefix.slice(0, prefix.lastIndexOf('/'));
    if (folder !== '') checkKey(folder);
    for (const key of this.keys.sort(byBytes)) {
      const bytes = this.#objects.get(key);
      if (bytes && key.startsWith(prefix) && byBytes(key, after) > 0) {
        yield { key, size: bytes.length, modifiedAt: this.#modified.get(key) ?? 0 };
      }
    }
  }

  async *folders(prefix: string): AsyncIterable<string> {
    const folders = new Set<string>();
    for await (const { key } of this.list(prefix)) {
      const [folder, ...rest] = key.slice(prefix.length).split('/');
      if (folder !== undefined && rest.length > 0) folders.add(folder);
    }
    yield* [...folders].sort((a, b) => byBytes(`${a}/`, `${b}/`));
  }

  #check(key: string, condition: WriteCondition | undefined): void {
    if (!condition) return;
    const there = this.#objects.get(key);
    const holds = 'ifAbsent' in condition ? !there : there !== undefined && etagOf(there) === condition.ifMatch;
    if (!holds)
      throw new OnnwardError(`${key} was not written.`, {
        code: 'store.precondition',
        kind: 'conflict',
        fields: { key },
      });
  }
}

/** What is thrown is a rejection. */
const attempt = async <T>(work: () => T): Promise<T> => Promise.resolve().then(work);
