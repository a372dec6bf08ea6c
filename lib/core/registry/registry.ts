import { OnnwardError } from '../errors.ts';
import { MODELS_PREFIX } from '../model/keys.ts';
import type { Manifest } from '../model/manifest.ts';
import { checkAlias, checkName, checkVersion, parseReference, type Reference } from '../model/reference.ts';
import { didYouMean } from '../nearest.ts';
import type { Clock, ObjectStore } from '../ports.ts';
import { Aliases, type AliasRecord, type ReleasedAlias, type SetAliasOptions } from './aliases.ts';
import { History, type HistoryEntry, type HistoryRecord } from './history.ts';
import type { Finding } from './finding.ts';
import { verifyModel } from './verify.ts';
import type { VerifyOptions } from './verify-versions.ts';
import { type RegisterOptions, type StoredManifest, type VersionDraft, Versions } from './versions.ts';

export interface RegistryOptions {
  readonly clock: Clock;
  /** Who makes the changes; recorded. */
  readonly actor: string;
}

/** A version that a reference came down to. */
export interface Resolved {
  readonly name: string;
  readonly version: number;
  readonly manifest: Manifest;
}

interface Model {
  readonly versions: Versions;
  readonly aliases: Aliases;
  readonly history: History;
}

/** Models, their immutable versions, their aliases and their history, on plain object storage. */
export class Registry {
  readonly #store: ObjectStore;
  readonly #clock: Clock;
  readonly #actor: string;
  readonly #models = new Map<string, Model>();

  constructor(store: ObjectStore, { clock, actor }: RegistryOptions) {
    this.#store = store;
    this.#clock = clock;
    this.#actor = actor;
  }

  /** Every model of which a version was begun, in order of its name. */
  async models(): Promise<string[]> {
    return (await Array.fromAsync(this.#store.folders(MODELS_PREFIX))).sort();
  }

  /** The numbers of the whole versions, ascending. Throws `model.not_found`. */
  async versions(name: string): Promise<number[]> {
    const { versions } = this.#model(name);
    const whole = await versions.whole();
    if (whole.length === 0 && (await versions.claimed()).length === 0) throw await this.#noModel(name);
    return whole;
  }

  /** Throws `version.not_found`, which names the versions there are, or `model.not_found`. */
  async manifest(name: string, version: number): Promise<Manifest> {
    return (await this.#stored(name, version)).manifest;
  }

  /** Throws `model.not_found`. */
  async aliases(name: string): Promise<AliasRecord[]> {
    const found = await Array.fromAsync(this.#model(name).aliases.all());
    if (found.length === 0) await this.versions(name);
    return found;
  }

  async alias(name: string, alias: string): Promise<AliasRecord | undefined> {
    return this.#model(name).aliases.get(checkAlias(alias));
  }

  /**
   * The version that a reference names now; without alias and version that is `live`.
   * Throws `reference.invalid`, `model.not_found`, `alias.not_found`, `version.not_found`.
   */
  async resolve(reference: string | Reference): Promise<Resolved> {
    const { name, alias = 'live', ...rest } = typeof reference === 'string' ? parseReference(reference) : reference;
    const version = rest.version ?? (await this.alias(name, alias))?.version;
    if (version === undefined) throw await this.#noAlias(name, alias);
    return { name, version, manifest: await this.manifest(name, version) };
  }

  /** The same, where a name alone means the latest version: what is to be released is not what is live. */
  async resolveLatest(reference: string): Promise<Resolved> {
    const { name, ...which } = parseReference(reference);
    if (which.version !== undefined || which.alias !== undefined) return this.resolve({ name, ...which });
    return this.resolve({ name, version: (await this.versions(name)).at(-1) ?? 1 });
  }

  /**
   * Makes the files an immutable version with the next number; what dies half way is no version.
   * Throws `reference.invalid`, `manifest.invalid`, `artifact.path`, `artifact.changed`.
   */
  async register(name: string, draft: VersionDraft, options: RegisterOptions = {}): Promise<Manifest> {
    const { versions, aliases, history } = this.#model(name);
    const { manifest, sha256 } = await versions.create(draft, this.#now(), options);
    const why = options.why !== undefined && { why: options.why };
    const evidence = { version: manifest.version, manifest: sha256 };
    for (;;) {
      const head = await history.head();
      await aliases.settle(head);
      const entry = { at: this.#now(), actor: this.#actor, action: 'register', ...why, ...evidence };
      if (await history.append(head, entry)) return manifest;
    }
  }

  /**
   * Points an alias to a version. The first `live` is free; a later one needs `force` here, as it moves by release.
   * Throws `version.not_found`, `model.not_found`, `alias.conflict`, `alias.live_guarded`.
   */
  async setAlias(name: string, alias: string, version: number, options: SetAliasOptions = {}): Promise<AliasRecord> {
    checkAlias(alias);
    const { sha256 } = await this.#stored(name, version);
    const move = { ...options, alias, version, manifest: sha256, actor: this.#actor, at: this.#now() };
    const before = alias === 'live' ? await this.alias(name, alias) : undefined;
    const moved = await this.#model(name).aliases.move(move);
    if (before && before.version !== version) await this.#keepPrevious(name, before, options.why);
    return moved;
  }

  /** What was live before a person moved it is what a rollback leads to, as far as it was released. */
  async #keepPrevious(name: string, { version, target }: AliasRecord, why = 'live was moved by force'): Promise<void> {
    if (target !== undefined) await this.setReleased(name, 'previous', { version, target }, { why });
  }

  /**
   * Sets `live`, or `previous`, to what a release or a rollback has made of the traffic; nothing is recorded where it stands
   * so already. Throws `version.not_found`, and `alias.conflict` where it is not at `expectSequence` any more.
   */
  async setReleased(
    name: string,
    alias: 'live' | 'previous',
    released: ReleasedAlias,
    { why, expectSequence }: { readonly why?: string; readonly expectSequence?: number } = {},
  ): Promise<AliasRecord> {
    const { version } = released;
    const { sha256 } = await this.#stored(name, version);
    const said = { ...(why !== undefined && { why }), ...(expectSequence !== undefined && { expectSequence }) };
    const move = { ...said, alias, version, released, manifest: sha256, actor: this.#actor, at: this.#now() };
    return this.#model(name).aliases.move(move);
  }

  /**
   * Appends what happened to a model and moved no alias, unless `isSame` knows it among the records since `since` (ISO
   * 8601): whoever does it again, after a crash in between, records it once.
   */
  async record(
    name: string,
    entry: Omit<HistoryEntry, 'at' | 'actor'> & { readonly actor?: string },
    { since, isSame }: { readonly since: string; readonly isSame: (record: HistoryRecord) => boolean },
  ): Promise<HistoryRecord> {
    const { aliases, history } = this.#model(name);
    for (;;) {
      const head = await history.head();
      await aliases.settle(head);
      const there = await history.find(head, since, isSame);
      if (there) return there;
      const record = await history.append(head, { actor: this.#actor, ...entry, at: this.#now() } as HistoryEntry);
      if (record) return record;
    }
  }

  /** Every change, oldest first. Throws `model.not_found`. */
  async *history(name: string): AsyncIterable<HistoryRecord> {
    let found = false;
    for await (const record of this.#model(name).history.records()) {
      found = true;
      yield record;
    }
    if (!found) await this.versions(name);
  }

  /** Walks every hash and the chain, of one model or of all. The first finding names the first thing that was touched. */
  async *verify(name?: string, options: VerifyOptions = {}): AsyncIterable<Finding> {
    if (name !== undefined) await this.versions(name);
    for (const model of name === undefined ? await this.models() : [name]) {
      yield* verifyModel(this.#store, model, options);
    }
  }

  async #stored(name: string, version: number): Promise<StoredManifest> {
    const stored = await this.#model(name).versions.get(checkVersion(version));
    if (stored) return stored;
    const versions = await this.versions(name);
    throw new OnnwardError(`${name} has no version ${version}: it has ${versions.join(', ') || 'none yet'}.`, {
      code: 'version.not_found',
      kind: 'not-found',
      fields: { name, version, versions },
    });
  }

  async #noModel(name: string): Promise<OnnwardError> {
    const models = await this.models();
    const there = models.length === 0 ? 'it is empty' : `it has ${models.join(', ')}`;
    return new OnnwardError(`There is no model ${name} in ${this.#store.url}: ${there}.${didYouMean(name, models)}`, {
      code: 'model.not_found',
      kind: 'not-found',
      fix: `Run 'onnward register ${name} PATH'.`,
      fields: { name, models },
    });
  }

  async #noAlias(name: string, alias: string): Promise<OnnwardError> {
    const versions = await this.versions(name);
    const aliases = (await this.aliases(name)).map((record) => record.alias);
    const there = aliases.length === 0 ? 'it has no aliases' : `it has ${aliases.join(', ')}`;
    return new OnnwardError(`${name} has no alias ${alias}: ${there}.`, {
      code: 'alias.not_found',
      kind: 'not-found',
      fix: `Run 'onnward alias ${name} ${alias} ${versions.at(-1) ?? 'VERSION'}'.`,
      fields: { name, alias, aliases, versions },
    });
  }

  #model(name: string): Model {
    const known = this.#models.get(name);
    if (known) return known;
    const history = new History(this.#store, checkName(name));
    const versions = new Versions(this.#store, name);
    const model = { versions, history, aliases: new Aliases(this.#store, name, history) };
    this.#models.set(name, model);
    return model;
  }

  #now(): string {
    return new Date(this.#clock()).toISOString();
  }
}
