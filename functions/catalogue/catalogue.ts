import { OnnwardError } from '#core/errors.ts';
import { aliasKey, historyKey } from '#core/model/keys.ts';
import { isName } from '#core/model/reference.ts';
import type { Clock, ObjectReader } from '#core/ports.ts';
import { decodeAlias } from '#core/registry/aliases.ts';
import type { IndexEntry } from '#serving/host.ts';

export interface CatalogueOptions {
  readonly store: ObjectReader;
  /** The deployed ones. */
  readonly models: readonly string[];
  readonly clock: Clock;
}

/** How old an answer may be, ms: bursts of questions cost one look at the store, and a release shows at once. */
const FRESH_MS = 3_000;

/** Names outside the stage that are remembered as long: more are asked for by nobody who means well. */
const KEPT_NAMES = 1_000;

/** Models that are looked up at once. */
const WIDTH = 16;

interface Looked<T> {
  /** When the look began, milliseconds since 1970. */
  readonly at: number;
  readonly found: T;
}

/** What a stage's registry says of the models that are deployed, and of those that are not. */
export class Catalogue {
  readonly models: readonly string[];
  readonly #store: ObjectReader;
  readonly #clock: Clock;
  #index: Looked<Promise<readonly IndexEntry[]>> | undefined;
  #registered: Looked<Map<string, Promise<boolean>>> | undefined;

  constructor({ store, models, clock }: CatalogueOptions) {
    this.models = models;
    this.#store = store;
    this.#clock = clock;
  }

  /** A line for each deployed model, in their order. Throws what the store throws. */
  index(): Promise<readonly IndexEntry[]> {
    if (this.#index && this.#isFresh(this.#index)) return this.#index.found;
    const found = this.#readIndex();
    this.#index = { at: this.#clock(), found };
    // A look that failed is nobody's but those who waited for it.
    found.catch(() => (this.#index = undefined));
    return found;
  }

  /** Whether the registry has `name`, deployed or not. Throws what the store throws. */
  isRegistered(name: string): Promise<boolean> {
    if (!this.#registered || !this.#isFresh(this.#registered) || this.#registered.found.size >= KEPT_NAMES) {
      this.#registered = { at: this.#clock(), found: new Map() };
    }
    const { found } = this.#registered;
    const known = found.get(name) ?? this.#hasHistory(name);
    found.set(name, known);
    known.catch(() => found.delete(name));
    return known;
  }

  #isFresh({ at }: Looked<unknown>): boolean {
    return this.#clock() - at < FRESH_MS;
  }

  async #readIndex(): Promise<readonly IndexEntry[]> {
    const entries: IndexEntry[] = [];
    for (let start = 0; start < this.models.length; start += WIDTH) {
      const some = this.models.slice(start, start + WIDTH);
      entries.push(...(await Promise.all(some.map((name) => this.#entry(name)))));
    }
    return entries;
  }

  async #entry(name: string): Promise<IndexEntry> {
    try {
      const version = await this.#live(name);
      if (version !== undefined) return { name, version: String(version), state: 'READY', reason: '' };
      return unavailable(name, `no version is live: run 'onnward deploy ${name}:VERSION'`);
    } catch (error) {
      if (isDenied(error)) return unavailable(name, 'no version is live, or the catalogue may not read which');
      if (isOfOneModel(error)) return unavailable(name, error.message);
      throw error;
    }
  }

  async #live(name: string): Promise<number | undefined> {
    const key = aliasKey(name, 'live');
    const stored = await this.#store.get(key);
    return stored && decodeAlias(key, stored.bytes).version;
  }

  /** The first record is written when a first version is whole, and stays. */
  async #hasHistory(name: string): Promise<boolean> {
    if (!isName(name)) return false;
    try {
      return (await this.#store.get(historyKey(name, 1))) !== undefined;
    } catch (error) {
      if (isDenied(error)) return false;
      throw error;
    }
  }
}

const unavailable = (name: string, reason: string): IndexEntry => ({ name, version: '', state: 'UNAVAILABLE', reason });

/** S3 says of what is not there that it is denied, unless it is sure that its name may be known. */
const isDenied = (error: unknown): boolean => error instanceof OnnwardError && error.code === 'store.access_denied';

/** A record that cannot be understood is its model's trouble; a store that cannot be read is everybody's. */
const isOfOneModel = (error: unknown): error is OnnwardError =>
  error instanceof OnnwardError && error.code === 'registry.corrupt';
