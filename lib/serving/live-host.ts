import type { Manifest } from '#core/model/manifest.ts';
import { formatReference, type Reference } from '#core/model/reference.ts';
import type { AliasRecord } from '#core/registry/aliases.ts';
import type { Registry } from '#core/registry/registry.ts';
import type { LoadedModel } from '#core/ports.ts';
import type { Host, IndexEntry, ServedModel } from './host.ts';
import { ModelLoads } from './model-loads.ts';
import { isNumber, modelNotFound, notLoaded, versionNotFound } from './not-served.ts';
import type { ChallengerEvent } from './split/challenger.ts';
import { type SplitOptions, Splits } from './split/splits.ts';

/** What happens while a host follows its registry, to be told to whoever runs it. */
export type HostEvent =
  | { readonly kind: 'loaded'; readonly name: string; readonly version: number; readonly ms: number }
  | { readonly kind: 'unloaded'; readonly name: string; readonly version: number }
  | { readonly kind: 'failed'; readonly reference: string; readonly error: unknown }
  | {
      readonly kind: 'challenger';
      readonly name: string;
      readonly version: number;
      readonly event: ChallengerEvent;
    };

export interface LiveHostOptions {
  /** What to serve. @default - the live version of every model, those that come later too */
  readonly references?: readonly Reference[];
  /** Brings a version's files here and opens them. */
  load(manifest: Manifest): Promise<LoadedModel>;
  /** Milliseconds between looks at the aliases. @default 1000 */
  readonly pollMs?: number;
  /** How challengers of live models are run and counted. @default - all live traffic is the champions', whatever is recorded */
  readonly split?: SplitOptions;
  onEvent?(event: HostEvent): void;
}

/** One reference and the version that answers for it. */
interface Slot {
  readonly reference: Reference;
  served?: ServedModel;
  /** The version that could not be loaded, and why: not tried again until the alias moves or `RETRY_MS` have passed. */
  failure?: { readonly version: number; readonly at: number; readonly reason: string };
}

const LIVE = 'live';
const RETRY_MS = 30_000;

/** How often is looked whether a challenger gets more, or less: one that does harm is taken back at once, ms. */
const SPLIT_POLL_MS = 200;

/**
 * Serves what a registry's aliases name, and follows them: the new version is loaded and warmed up beside the old one,
 * takes over in one assignment, and the old one answers what it has accepted before its memory is freed.
 */
export class LiveHost implements Host {
  readonly loads = new ModelLoads();
  readonly #registry: Registry;
  readonly #options: LiveHostOptions;
  /** By model name: a request's way to its model is one look-up. */
  readonly #slots = new Map<string, Slot[]>();
  readonly #retiring = new Set<Promise<void>>();
  readonly #splits: Splits | undefined;
  #poll: NodeJS.Timeout | undefined;
  #splitPoll: NodeJS.Timeout | undefined;
  #steering: Promise<void> = Promise.resolve();
  /** Whether a refresh is under way that did not wait for its time, as a challenger went live. */
  #early = false;
  #refreshing: Promise<void> = Promise.resolve();
  #ready = false;
  #closed = false;

  constructor(registry: Registry, options: LiveHostOptions) {
    this.#registry = registry;
    this.#options = options;
    this.#splits =
      options.split &&
      new Splits({
        ...options.split,
        manifest: (name, version) => registry.manifest(name, version),
        onEvent: (name, version, event) => options.onEvent?.({ kind: 'challenger', name, version, event }),
      });
  }

  get ready(): boolean {
    return this.#ready;
  }

  /** Loads everything, then follows the aliases. Throws the first model's error: a server does not start half. */
  async start(): Promise<void> {
    await this.refresh();
    this.#ready = true;
    this.#schedule();
  }

  /** Looks at the aliases now; a failure of one model leaves the version that it serves in place. */
  refresh(): Promise<void> {
    const refreshed = this.#refreshing.then(() => this.#refresh());
    this.#refreshing = refreshed.catch(() => undefined);
    return refreshed;
  }

  find(name: string, version?: string): ServedModel {
    const slots = this.#slots.get(name);
    if (!slots) throw this.#ready ? modelNotFound(name, [...this.#slots.keys()]) : notLoaded(name, undefined);
    const slot =
      version === undefined ? (slots.find(isLive) ?? slots[0]) : slots.find((each) => answers(each, version));
    if (slot?.served) return slot.served;
    const challenger = version !== undefined && isNumber(version) && this.#splits?.find(name, Number(version));
    if (challenger) return challenger;
    if (slot) throw notLoaded(formatReference(slot.reference), slot.failure?.reason);
    throw versionNotFound(
      name,
      version as string,
      slots.flatMap(({ served }) => served?.version ?? []),
    );
  }

  pick(name: string): ServedModel {
    const champion = this.find(name);
    return this.#splits === undefined || this.#splits.size === 0 ? champion : this.#splits.pick(champion);
  }

  index(): readonly IndexEntry[] {
    return this.#all().flatMap((slot) => [entryOf(slot), ...this.#challengersOf(slot)]);
  }

  /** Answers what is accepted, frees every model, and stops following. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#poll);
    clearTimeout(this.#splitPoll);
    await Promise.all([this.#refreshing, this.#steering]);
    await Promise.all([...this.#models().map(({ model }) => model.close()), ...this.#retiring, this.#splits?.close()]);
  }

  #schedule(): void {
    if (this.#closed) return;
    this.#poll = setTimeout(async () => {
      await this.refresh();
      this.#schedule();
    }, this.#options.pollMs ?? 1000);
  }

  async #refresh(): Promise<void> {
    if (this.#closed) return;
    try {
      await this.#addSlots();
    } catch (error) {
      this.#failed('the registry', error);
    }
    for (const slot of this.#all()) await this.#follow(slot);
  }

  async #addSlots(): Promise<void> {
    const references =
      this.#options.references ?? (await this.#registry.models()).map((name) => ({ name, alias: LIVE }));
    for (const reference of references) {
      const slots = this.#slots.get(reference.name) ?? [];
      if (slots.some((slot) => isSame(slot.reference, reference))) continue;
      this.#slots.set(reference.name, [...slots, { reference }]);
    }
  }

  async #follow(slot: Slot): Promise<void> {
    try {
      const record = slot.reference.version === undefined ? await this.#aliased(slot.reference) : undefined;
      const version = slot.reference.version ?? record?.version;
      if (version !== undefined && version !== slot.served?.version && !hasFailed(slot, version)) {
        // A challenger that goes live answers as one until this process has it, too.
        await this.#replace(slot, version).finally(() => this.#divide(slot, record));
      } else this.#divide(slot, record);
    } catch (error) {
      this.#failed(formatReference(slot.reference), error);
    }
  }

  /** A model without a live version yet is no error where all models are served: it waits to be released. */
  async #aliased({ name, alias = LIVE }: Reference): Promise<AliasRecord | undefined> {
    const record = await this.#registry.alias(name, alias);
    if (!record && this.#options.references) await this.#registry.resolve({ name, alias });
    return record;
  }

  #divide(slot: Slot, record: AliasRecord | undefined): void {
    if (this.#closed || !this.#splits || !isLive(slot)) return;
    // Until the champion of the record is here there is nothing to divide.
    this.#splits.follow(slot.reference.name, record?.version === slot.served?.version ? record : undefined);
    this.#watchSplits();
  }

  /** While live traffic of a model is divided its record is looked at apart, more often, and behind no model that is loaded. */
  #watchSplits(): void {
    if (this.#closed || this.#splitPoll || !this.#splits?.size) return;
    this.#splitPoll = setTimeout(() => {
      this.#steering = this.#steer();
    }, SPLIT_POLL_MS);
  }

  async #steer(): Promise<void> {
    for (const name of this.#splits?.names ?? []) {
      const slot = this.#slots.get(name)?.find(isLive);
      const record = await this.#registry.alias(name, LIVE).catch(() => undefined); // the next look says why
      if (!slot || !record) continue;
      if (record.version === slot.served?.version) this.#divide(slot, record);
      else this.#refreshEarly();
    }
    this.#splitPoll = undefined;
    this.#watchSplits();
  }

  #refreshEarly(): void {
    if (this.#early) return;
    this.#early = true;
    void this.refresh().finally(() => {
      this.#early = false;
    });
  }

  async #replace(slot: Slot, version: number): Promise<void> {
    const { name } = slot.reference;
    const started = performance.now();
    try {
      const old = slot.served;
      slot.served = this.#loaded(name, version) ?? (await this.#load(name, version));
      delete slot.failure;
      this.#options.onEvent?.({ kind: 'loaded', name, version, ms: performance.now() - started });
      if (old) this.#retire(old);
    } catch (error) {
      slot.failure = { version, at: Date.now(), reason: (error as Error).message };
      throw error;
    }
  }

  async #load(name: string, version: number): Promise<ServedModel> {
    const started = performance.now();
    try {
      const manifest = await this.#registry.manifest(name, version);
      const model = await this.#options.load(manifest);
      this.loads.succeeded(name, version, performance.now() - started);
      return { name, version, manifest, model: this.#splits?.watched(name, version, model) ?? model };
    } catch (error) {
      this.loads.failed(name, version);
      throw error;
    }
  }

  #retire(old: ServedModel): void {
    if (this.#loaded(old.name, old.version)) return;
    const retiring = old.model.close().finally(() => this.#retiring.delete(retiring));
    this.#retiring.add(retiring);
    this.#options.onEvent?.({ kind: 'unloaded', name: old.name, version: old.version });
  }

  /** Before the host is ready a failure is its starter's to hear; afterwards what serves goes on serving. */
  #failed(reference: string, error: unknown): void {
    if (!this.#ready) throw error;
    this.#options.onEvent?.({ kind: 'failed', reference, error });
  }

  #challengersOf(slot: Slot): IndexEntry[] {
    return this.#splits && isLive(slot) ? this.#splits.entries(slot.reference.name) : [];
  }

  #all(): Slot[] {
    return [...this.#slots.values()].flat();
  }

  /** Each loaded version once, however many references share it. */
  #models(): ServedModel[] {
    return [...new Set(this.#all().flatMap(({ served }) => served ?? []))];
  }

  #loaded(name: string, version: number): ServedModel | undefined {
    return this.#models().find((served) => served.name === name && served.version === version);
  }
}

const isSame = (a: Reference, b: Reference): boolean => formatReference(a) === formatReference(b);

const isLive = ({ reference }: Slot): boolean => reference.version === undefined && (reference.alias ?? LIVE) === LIVE;

const answers = (slot: Slot, version: string): boolean =>
  isNumber(version) ? slot.served?.version === Number(version) : (slot.reference.alias ?? LIVE) === version;

const hasFailed = ({ failure }: Slot, version: number): boolean =>
  failure?.version === version && Date.now() - failure.at < RETRY_MS;

const entryOf = ({ reference, served, failure }: Slot): IndexEntry => ({
  name: reference.name,
  version: String(served?.version ?? failure?.version ?? reference.version ?? ''),
  state: served ? 'READY' : failure ? 'UNAVAILABLE' : 'LOADING',
  reason: failure?.reason ?? '',
});
