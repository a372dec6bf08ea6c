import { invalid } from '#core/errors.ts';

/**
 * The chunks of a write, counted against its size in bytes. It remembers its own failure, so that what went wrong with
 * the source is not taken for a refusal of the store.
 */
export class Source implements AsyncIterable<Uint8Array> {
  /** What the source threw, or `store.size`. */
  failure: unknown;
  readonly #key: string;
  readonly #chunks: AsyncIterable<Uint8Array>;
  readonly #size: number;

  constructor(key: string, chunks: AsyncIterable<Uint8Array>, size: number) {
    this.#key = key;
    this.#chunks = chunks;
    this.#size = size;
  }

  async *[Symbol.asyncIterator](): AsyncIterator<Uint8Array> {
    try {
      yield* this.#counted();
    } catch (error) {
      this.failure = error;
      throw error;
    }
  }

  async *#counted(): AsyncIterable<Uint8Array> {
    let written = 0;
    for await (const chunk of this.#chunks) {
      written += chunk.length;
      if (written > this.#size) break;
      yield chunk;
    }
    if (written === this.#size) return;
    const came = written > this.#size ? 'more' : `only ${written}`;
    throw invalid('store.size', `${this.#key} was to have ${this.#size} bytes, and ${came} came.`, {
      fields: { key: this.#key, size: this.#size },
    });
  }
}
