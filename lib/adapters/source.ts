import { invalid } from '#core/errors.ts';

/**
 * The chunks of a write, counted against its size in bytes, where that is known before. It remembers its own failure, so
 * that what went wrong with the source is not taken for a refusal of the store.
 */
export class Source implements AsyncIterable<Uint8Array> {
  /** What the source threw, or `store.size`. */
  failure: unknown;
  readonly #key: string;
  readonly #chunks: AsyncIterable<Uint8Array>;
  readonly #size: number | undefined;

  constructor(key: string, chunks: AsyncIterable<Uint8Array>, size: number | undefined) {
    this.#key = key;
    this.#chunks = chunks;
    this.#size = size;
  }

  async *[Symbol.asyncIterator](): AsyncIterator<Uint8Array> {
    try {
      yield* this.#size === undefined ? this.#chunks : this.#counted(this.#size);
    } catch (error) {
      this.failure = error;
      throw error;
    }
  }

  async *#counted(size: number): AsyncIterable<Uint8Array> {
    let written = 0;
    for await (const chunk of this.#chunks) {
      written += chunk.length;
      if (written > size) break;
      yield chunk;
    }
    if (written === size) return;
    const came = written > size ? 'more' : `only ${written}`;
    throw invalid('store.size', `${this.#key} was to have ${size} bytes, and ${came} came.`, {
      fields: { key: this.#key, size },
    });
  }
}

/** Chunks of which the first are looked at, to see how many there are, before all of them are gone through. */
export class Beginning implements AsyncIterable<Uint8Array> {
  readonly #rest: AsyncIterator<Uint8Array>;
  readonly #taken: Uint8Array[] = [];

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.#rest = chunks[Symbol.asyncIterator]();
  }

  /** All that comes, where it is no more than `limit` bytes; undefined where it is. */
  async upTo(limit: number): Promise<Uint8Array | undefined> {
    for (let bytes = 0; bytes <= limit;) {
      const { value, done } = await this.#rest.next();
      if (done) return Buffer.concat(this.#taken);
      this.#taken.push(value);
      bytes += value.length;
    }
    return undefined;
  }

  async *[Symbol.asyncIterator](): AsyncIterator<Uint8Array> {
    for (let chunk = this.#taken.shift(); chunk; chunk = this.#taken.shift()) yield chunk;
    yield* { [Symbol.asyncIterator]: () => this.#rest };
  }

  /** Lets the source know that no more is wanted of it, if there is more. */
  close(): void {
    this.#rest.return?.().catch(() => undefined);
  }
}
