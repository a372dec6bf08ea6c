import { OnnwardError } from '../errors.ts';
import { aliasesPrefix, aliasKey } from '../model/keys.ts';
import type { ObjectStore } from '../ports.ts';
import { mapAhead } from './ahead.ts';
import { corrupt, decodeDocument, encodeDocument } from './document.ts';
import type { Head, History, HistoryRecord } from './history.ts';
import { isPrecondition } from './precondition.ts';

/** Where an alias points. Fields that this Onnward does not know survive every move. */
export interface AliasRecord {
  readonly alias: string;
  readonly version: number;
  /** The history record that this state comes from. */
  readonly sequence: number;
  /** ISO 8601, UTC. */
  readonly updatedAt: string;
  /** The version that a canary tries. @default - none */
  readonly challenger?: number;
  /** Percent of the traffic that the challenger gets. */
  readonly weight?: number;
  /** What answers for the version, and for the challenger: see `Target.id`. @default - nothing was released yet */
  readonly target?: string;
  readonly challengerTarget?: string;
  /** The release that brought it about. */
  readonly release?: string;
  readonly [field: string]: unknown;
}

export interface SetAliasOptions {
  /** Recorded. @default - no reason given */
  readonly why?: string;
  /** The version that the alias must stand on now; 0 for none. @default - any */
  readonly expect?: number;
  /** Moves `live` past the gates, and records that. @default false */
  readonly force?: boolean;
}

/** What a release makes of `live`: these fields of the alias, and no other ones of theirs. */
export interface ReleasedAlias {
  readonly version: number;
  readonly target: string;
  readonly challenger?: number;
  readonly challengerTarget?: string;
  readonly weight?: number;
  /** @default - nobody's: somebody moved it by hand, or rolled it back */
  readonly release?: string;
}

/** One move, as the registry was asked for it and has checked it. */
export interface AliasMove extends SetAliasOptions {
  readonly alias: string;
  readonly version: number;
  /** @default - a person moves it: what a release had set there goes */
  readonly released?: ReleasedAlias;
  /** The record that the alias must come from now; 0 for none. @default - any */
  readonly expectSequence?: number;
  /** SHA-256 of the target's manifest. */
  readonly manifest: string;
  readonly actor: string;
  /** ISO 8601, UTC. */
  readonly at: string;
}

/** The alias state that a record of the action `alias` brought about: its file holds exactly this. */
export function aliasState(record: HistoryRecord): AliasRecord | undefined {
  return record.action === 'alias' ? (record['state'] as AliasRecord) : undefined;
}

/** The aliases of one model. History is the write-ahead log, the alias files are what readers look at. */
export class Aliases {
  readonly #store: ObjectStore;
  readonly #name: string;
  readonly #history: History;

  constructor(store: ObjectStore, name: string, history: History) {
    this.#store = store;
    this.#name = name;
    this.#history = history;
  }

  async *all(): AsyncIterable<AliasRecord> {
    const read = async (key: string) => ({ key, stored: await this.#store.get(key) });
    for await (const { key, stored } of mapAhead(this.#store.list(aliasesPrefix(this.#name)), ({ key }) => read(key))) {
      if (stored) yield decodeAlias(key, stored.bytes);
    }
  }

  async get(alias: string): Promise<AliasRecord | undefined> {
    const key = aliasKey(this.#name, alias);
    const stored = await this.#store.get(key);
    return stored && decodeAlias(key, stored.bytes);
  }

  /**
   * Records the move, then brings the file up to it. A writer that dies in between leaves the record without the file;
   * whoever appends next repairs that first (`settle`), so that at any head only the newest record can be unfinished.
   */
  async move(move: AliasMove): Promise<AliasRecord> {
    for (;;) {
      const head = await this.#history.head();
      await this.settle(head);
      const current = await this.get(move.alias);
      this.#check(move, current);
      if (current && move.released && isSame(current, move.released)) return current;
      const state = nextState(move, current, head.sequence + 1);
      const record = await this.#history.append(head, entry(move, current, state));
      if (!record) continue;
      await this.#advance(state);
      return state;
    }
  }

  /** Finishes what the newest record began. Call it before appending behind `head`. */
  async settle(head: Head): Promise<void> {
    const state = head.record && aliasState(head.record);
    if (state) await this.#advance(state);
  }

  /** Compare-and-swap until the file stands for `state` or for something newer. */
  async #advance(state: AliasRecord): Promise<void> {
    const key = aliasKey(this.#name, state.alias);
    for (;;) {
      const stored = await this.#store.get(key);
      if (stored && decodeAlias(key, stored.bytes).sequence >= state.sequence) return;
      try {
        await this.#store.put(key, encodeAlias(state), stored ? { ifMatch: stored.etag } : { ifAbsent: true });
        return;
      } catch (error) {
        if (!isPrecondition(error)) throw error;
      }
    }
  }

  #check(move: AliasMove, current: AliasRecord | undefined): void {
    const { alias, version, expect, expectSequence, force, released } = move;
    const at = current?.version ?? 0;
    if (expect !== undefined && expect !== at) throw conflict(this.#name, alias, expect, at);
    if (expectSequence !== undefined && expectSequence !== (current?.sequence ?? 0)) throw moved(this.#name, alias);
    if (alias === 'live' && current && at !== version && !force && !released) throw guarded(this.#name, version, at);
  }
}

/** The bytes of an alias file, a function of the record that it stands for. */
export const encodeAlias = (state: AliasRecord): Uint8Array => encodeDocument(state);

/** Reads an alias file. Throws `registry.corrupt`. */
export function decodeAlias(key: string, bytes: Uint8Array): AliasRecord {
  const record = decodeDocument(key, bytes);
  for (const field of ['version', 'sequence']) {
    if (!Number.isSafeInteger(record[field])) throw corrupt(key, `its '${field}' is not a whole number`);
  }
  return record as unknown as AliasRecord;
}

/** What a release sets, and clears. */
const RELEASED = ['target', 'challenger', 'challengerTarget', 'weight', 'release'] as const;

function nextState(move: AliasMove, current: AliasRecord | undefined, sequence: number): AliasRecord {
  const { alias, version, at: updatedAt, released } = move;
  const cleared: readonly string[] = alias === 'live' || alias === 'previous' || released ? RELEASED : [];
  const kept = Object.entries(current ?? {}).filter(([field]) => !cleared.includes(field));
  return { ...Object.fromEntries(kept), alias, version, sequence, updatedAt, ...released };
}

const isSame = (current: AliasRecord, released: ReleasedAlias): boolean =>
  current.version === released.version && RELEASED.every((field) => current[field] === released[field]);

const entry = (move: AliasMove, current: AliasRecord | undefined, state: AliasRecord) => ({
  at: move.at,
  actor: move.actor,
  action: 'alias',
  ...(move.why !== undefined && { why: move.why }),
  alias: move.alias,
  from: current?.version ?? null,
  to: move.version,
  ...(move.released?.release !== undefined && { release: move.released.release }),
  ...(move.force && move.alias === 'live' && current && current.version !== move.version && { forced: true }),
  manifest: move.manifest,
  state,
});

const conflict = (name: string, alias: string, expected: number, actual: number): OnnwardError =>
  new OnnwardError(`${name}@${alias} ${stands(actual)}, not ${expected === 0 ? 'unset' : `on version ${expected}`}.`, {
    code: 'alias.conflict',
    kind: 'conflict',
    fix: 'Look at what changed (`onnward history`) and decide again.',
    fields: { name, alias, expected, actual },
  });

const moved = (name: string, alias: string): OnnwardError =>
  new OnnwardError(`${name}@${alias} was moved by somebody else meanwhile.`, {
    code: 'alias.conflict',
    kind: 'conflict',
    fix: 'Look at what changed (`onnward history`) and decide again.',
    fields: { name, alias },
  });

const stands = (version: number): string => (version === 0 ? 'is not set' : `stands on version ${version}`);

const guarded = (name: string, version: number, live: number): OnnwardError =>
  new OnnwardError(`${name}@live stands on version ${live}, and moves to ${version} only through its gates.`, {
    code: 'alias.live_guarded',
    kind: 'conflict',
    fix: `Run 'onnward release ${name}:${version}'; 'onnward alias ${name} live ${version} --force' goes past them, and is recorded.`,
    fields: { name, version, live },
  });
