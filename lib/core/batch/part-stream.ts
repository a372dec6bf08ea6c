import { createHash } from 'node:crypto';
import type { ObjectStore } from '../ports.ts';
import { isPrecondition } from '../registry/precondition.ts';
import type { WrittenPart } from './plan.ts';

/**
 * A file that is written while it is made: the store takes its bytes as fast as it can, and who makes them waits for it.
 * Nothing is sent before the first bytes are. It is written once: where another one was first, its file stands, and is what
 * `end` tells of, for bytes may differ with the machine that has made them.
 */
export class PartStream {
  readonly #store: ObjectStore;
  readonly #key: string;
  readonly #hash = createHash('sha256');
  #size = 0;
  #writing: Promise<void> | undefined;
  /** Another one's file is there. */
  #isTaken = false;
  /** Hands the next bytes to the store, or undefined for the end, or fails its source. */
  #give = Promise.withResolvers<Uint8Array | undefined>();
  #taken = Promise.withResolvers<void>();

  constructor(store: ObjectStore, key: string) {
    this.#store = store;
    this.#key = key;
  }

  /** Resolves once the store has taken what was sent before. Throws what the store throws. */
  async send(bytes: Uint8Array): Promise<void> {
    if (bytes.length === 0 || this.#isTaken) return;
    this.#hash.update(bytes);
    this.#size += bytes.length;
    this.#writing ??= this.#begin();
    this.#give.resolve(bytes);
    await Promise.race([this.#taken.promise, this.#writing]);
  }

  /** The file as it is in the store; one of no bytes too. */
  async end(): Promise<WrittenPart> {
    this.#writing ??= this.#begin();
    this.#give.resolve(undefined);
    await this.#writing;
    if (this.#isTaken) return this.#standing();
    return { key: this.#key, size: this.#size, sha256: this.#hash.digest('hex') };
  }

  /** Gives it up: there is no such file then, or the one that was there. */
  async abandon(reason: unknown): Promise<void> {
    if (!this.#writing) return;
    this.#give.promise.catch(() => undefined);
    this.#give.reject(reason);
    await this.#writing.catch(() => undefined);
  }

  #begin(): Promise<void> {
    const writing = this.#write();
    writing.catch(() => undefined); // whoever sends or ends hears of it
    return writing;
  }

  async #write(): Promise<void> {
    try {
      await this.#store.write(this.#key, this.#chunks(), undefined, { ifAbsent: true });
    } catch (error) {
      if (!isPrecondition(error)) throw error;
      this.#isTaken = true;
    }
  }

  async #standing(): Promise<WrittenPart> {
    const hash = createHash('sha256');
    let size = 0;
    for await (const chunk of this.#store.read(this.#key)) {
      hash.update(chunk);
      size += chunk.length;
    }
    return { key: this.#key, size, sha256: hash.digest('hex') };
  }

  async *#chunks(): AsyncIterable<Uint8Array> {
    for (;;) {
      const bytes = await this.#give.promise;
      if (bytes === undefined) return;
      this.#give = Promise.withResolvers();
      const taken = this.#taken;
      this.#taken = Promise.withResolvers();
      yield bytes;
      taken.resolve();
    }
  }
}
