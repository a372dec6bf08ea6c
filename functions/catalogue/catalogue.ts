import { OnnwardError } from '#core/errors.ts';
import { aliasesPrefix, aliasKey, versionsPrefix } from '#core/model/keys.ts';
import { checkName } from '#core/model/reference.ts';
import type { Clock, ObjectStore } from '#core/ports.ts';
import { Registry } from '#core/registry/registry.ts';
import type { IndexEntry } from '#serving/host.ts';

export interface CatalogueOptions {
  readonly store: ObjectStore;
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

const LIVE = 'live';

/** What a stage's registry says of the models that are deployed, and of those that are not. */
export class Catalogue {
  readonly #options: CatalogueOptions;
  readonly #registry: Registry;
  #index: { readonly at: number; readonly entries: Promise<readonly IndexEntry[]> } | undefined;
  #registered: { readonly at: number; readonly names: Map<string, Promise<boolean>> } | undefined;

  constructor(options: CatalogueOptions) {
    this.#options = options;
    this.#registry = new Registry(options.store, { clock: options.clock, actor: 'catalogue' });
  }

  get models(): readonly string[] {
    return this.#options.models;
  }

  /** A line for each deployed model, in their order. Throws what the store throws. */
  index(): Promise<readonly IndexEntry[]> {
    if (this.#index && this.#isFresh(this.#index)) return this.#index.entries;
    const entries = this.#readIndex();
    this.#index = { at: this.#options.clock(), entries };
    // A look that failed is nobody's but those who waited for it.
    entries.catch(() => (this.#index = undefined));
    return entries;
  }

  /** Whether the registry has a version of `name`, deployed or not. Throws what the store throws. */
  isRegistered(name: string): Promise<boolean> {
    if (!this.#registered || !this.#isFresh(this.#registered) || this.#registered.names.size >= KEPT_NAMES) {
      this.#registered = { at: this.#options.clock(), names: new Map() };
    }
    const { names } = this.#registered;
    const known = names.get(name) ?? this.#hasVersions(name);
    names.set(name, known);
    known.catch(() => names.delete(name));
    return known;
  }

  #isFresh({ at }: { readonly at: number }): boolean {
    return this.#options.clock() - at < FRESH_MS;
  }

  async #readIndex(): Promise<readonly IndexEntry[]> {
    const { models } = this.#options;
    const entries: IndexEntry[] = [];
    for (let start = 0; start < models.length; start += WIDTH) {
      entries.push(...(await Promise.all(models.slice(start, start + WIDTH).map((name) => this.#entry(name)))));
    }
    return entries;
  }

  async #entry(name: string): Promise<IndexEntry> {
    try {
      const version = await this.#live(name);
      if (version !== undefined) return { name, version: String(version), state: 'READY', reason: '' };
      const reason = `no version is live: run 'onnward release ${name}:VERSION'`;
      return { name, version: '', state: 'UNAVAILABLE', reason };
    } catch (error) {
      if (!isOfOneModel(error)) throw error;
      return { name, version: '', state: 'UNAVAILABLE', reason: error.message };
    }
  }

  /** S3 may deny the reading of what is not there, so what it denies is looked for in the list. */
  async #live(name: string): Promise<number | undefined> {
    try {
      return (await this.#registry.alias(name, LIVE))?.version;
    } catch (error) {
      if ((error as OnnwardError).code !== 'store.access_denied' || (await this.#hasAlias(name))) throw error;
      return undefined;
    }
  }

  async #hasAlias(name: string): Promise<boolean> {
    for await (const { key } of this.#options.store.list(aliasesPrefix(name))) {
      if (key === aliasKey(name, LIVE)) return true;
    }
    return false;
  }

  /** One page of a listing at most, however many versions there are. */
  async #hasVersions(name: string): Promise<boolean> {
    if (!isName(name)) return false;
    for await (const _ of this.#options.store.folders(versionsPrefix(name))) return true;
    return false;
  }
}

/** A record that cannot be read is its model's trouble; a store that cannot be is everybody's. */
const isOfOneModel = (error: unknown): error is OnnwardError =>
  error instanceof OnnwardError && !error.code.startsWith('store.');

function isName(name: string): boolean {
  try {
    return checkName(name) === name;
  } catch {
    return false;
  }
}
