import type { FileHandle } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { atMost } from '#core/at-most.ts';
import { encode, readDocument } from '#core/documents.ts';
import type { Clock, ObjectStore } from '#core/ports.ts';
import { isPrecondition } from '#core/registry/precondition.ts';
import {
  checkpointFileKey,
  sameFiles,
  type SnapshotDocument,
  type SnapshotFile,
  snapshotKey,
} from '#core/training/agent/snapshot.ts';
import { sha256Of } from '../local/hash.ts';
import { FileChanged, findFiles, type FoundFile, isGone } from './left-files.ts';
import { openFound } from './open-left.ts';
import { type Patience, patiently } from './patience.ts';
import { withSettled } from './settled.ts';
import { snapshotNumbers } from './snapshots.ts';
import { upload } from './upload.ts';

export interface CheckpointsOptions {
  readonly store: ObjectStore;
  readonly training: string;
  readonly attempt: number;
  /** What is snapshotted. */
  readonly folder: string;
  /** Links may lead to what is in here. */
  readonly base: string;
  readonly clock: Clock;
  /** Number of the snapshot that the trainer went on from. @default - it began anew */
  readonly restored?: number;
  /** Whether its trainer has exited: then hardly anybody writes there any more. @default - it runs */
  readonly isOver?: () => boolean;
  /** Milliseconds that nobody has written to a file that is taken for whole. @default - 1000, and 200 once it is over */
  readonly settleMs?: number;
}

/** A look at the folder is repeated so often where something changes meanwhile. */
const ROUNDS = 2;
const FILES_AT_ONCE = 4;
/** Files that are held at once, to see whether somebody writes into them. */
const HELD_AT_ONCE = 32;
/** Between two writes of one file a trainer may wait for its disk. */
const SETTLE_MS = 1000;
const SETTLE_OVER_MS = 200;

/** Two writes within a tick of the file system's clock have the same time: the hash of a file so young is made again, ms. */
const TICK_MS = 20;

/** What is in the folder, and what of it was taken. */
interface Round {
  readonly whole: boolean;
  readonly found: readonly FoundFile[];
  readonly taken: ReadonlyMap<string, SnapshotFile>;
}

/**
 * Brings the state of a folder to the store, whole or not at all: first each file by its hash, then a document that names
 * them all. It is a state that the folder really had: it is looked at before and after, and again where something has
 * changed meanwhile. Where it is never left alone, each file is one that there was, whole; one that is written into all the
 * time, such as a log, or takes long to be written, stands as in the snapshot before, or is left out until it is whole.
 */
export class Checkpoints {
  readonly #options: CheckpointsOptions;
  readonly #hashes = new Map<string, { readonly state: string; readonly sha256: string }>();
  /** Hashes of files that are in the store. */
  readonly #stored = new Set<string>();
  #before: readonly SnapshotFile[] = [];
  #next: number | undefined;

  constructor(options: CheckpointsOptions) {
    this.#options = options;
  }

  /** The time of a new snapshot, ISO 8601; undefined where nothing is new. Throws `store.*`. */
  async snapshot(patience: Patience): Promise<string | undefined> {
    const { clock, attempt } = this.#options;
    const next = (this.#next ??= await this.#begin(patience));
    const at = new Date(clock()).toISOString();
    const files = await this.#state(patience);
    if (sameFiles(files, this.#before)) return undefined;
    this.#next = (await this.#write(next, { format: 1, at, attempt, files }, patience)) + 1;
    this.#before = files;
    return at;
  }

  /** The first number that is free: another agent may have been here before. What the trainer went on from need not go up again. */
  async #begin(patience: Patience): Promise<number> {
    const { store, training, restored } = this.#options;
    const numbers = await patiently(() => snapshotNumbers(store, training), patience);
    if (restored !== undefined) {
      const key = snapshotKey(training, restored);
      const snapshot = await patiently(() => readDocument<SnapshotDocument>(store, key), patience);
      this.#before = snapshot?.files ?? [];
      for (const { sha256 } of this.#before) this.#stored.add(sha256);
    }
    return (numbers.at(-1) ?? 0) + 1;
  }

  async #state(patience: Patience): Promise<readonly SnapshotFile[]> {
    for (let round = 1; ; round++) {
      const { whole, found, taken } = await this.#round(patience);
      if (whole) return found.flatMap(({ path }) => taken.get(path) ?? []);
      if (round === ROUNDS) return this.#restless(found, taken, patience);
      await sleep(this.#settleMs);
    }
  }

  get #settleMs(): number {
    const { settleMs, isOver } = this.#options;
    return settleMs ?? (isOver?.() ? SETTLE_OVER_MS : SETTLE_MS);
  }

  /** What was not taken is held, all of it at about the same time. */
  async #restless(found: readonly FoundFile[], taken: Round['taken'], patience: Patience): Promise<SnapshotFile[]> {
    const before = new Map(this.#before.map((file) => [file.path, file]));
    const files = await atMost(HELD_AT_ONCE, found, async (each) => {
      const held = taken.get(each.path) ?? (await this.#hold(each, patience));
      return held ?? before.get(each.path) ?? [];
    });
    return files.flat();
  }

  #hold(found: FoundFile, patience: Patience): Promise<SnapshotFile | undefined> {
    return withSettled(found, this.#settleMs, async ({ handle, file, sha256 }) => {
      if (!this.#stored.has(sha256)) await this.#store(file, sha256, patience, handle);
      const { path, size, modified } = file;
      return { path, size, sha256, modified };
    });
  }

  async #round(patience: Patience): Promise<Round> {
    const { folder, base } = this.#options;
    const lookedAt = Date.now();
    const { files } = await findFiles(folder, base);
    const all = await atMost(FILES_AT_ONCE, files, async (file) => {
      return { state: file.state, taken: await this.#take(file, lookedAt, patience) };
    });
    const { files: found } = await findFiles(folder, base);
    const states = new Map(found.map(({ path, state }) => [path, state]));
    const lasting = all.flatMap(({ state, taken }) => (taken && states.get(taken.path) === state ? taken : []));
    return {
      whole: lasting.length === files.length && lasting.length === found.length,
      found,
      taken: new Map(lasting.map((file) => [file.path, file])),
    };
  }

  /** Undefined where it is being written to. */
  async #take(file: FoundFile, lookedAt: number, patience: Patience): Promise<SnapshotFile | undefined> {
    const { path, size, modified, changed } = file;
    if (lookedAt - changed < this.#settleMs) return undefined;
    try {
      const sha256 = await this.#hash(file, lookedAt);
      if (!this.#stored.has(sha256)) await this.#store(file, sha256, patience);
      return { path, size, sha256, modified };
    } catch (error) {
      if (error instanceof FileChanged || isGone(error)) return undefined;
      throw error;
    }
  }

  async #hash(file: FoundFile, lookedAt: number): Promise<string> {
    const { path, state, changed } = file;
    const known = this.#hashes.get(path);
    if (known?.state === state) return known.sha256;
    await using handle = await openFound(file);
    const sha256 = await sha256Of(handle);
    if (lookedAt - changed > TICK_MS) this.#hashes.set(path, { state, sha256 });
    return sha256;
  }

  async #store(file: FoundFile, sha256: string, patience: Patience, handle?: FileHandle): Promise<void> {
    const { store, training } = this.#options;
    const options = { store, patience, create: { sha256 }, ...(handle && { handle }) };
    try {
      await upload(file, checkpointFileKey(training, sha256), options);
    } catch (error) {
      if (!isPrecondition(error)) throw error;
    }
    this.#stored.add(sha256);
  }

  /** The number that it was written under. */
  async #write(number: number, document: SnapshotDocument, patience: Patience): Promise<number> {
    const { store, training } = this.#options;
    try {
      await patiently(() => store.put(snapshotKey(training, number), encode(document), { ifAbsent: true }), patience);
      return number;
    } catch (error) {
      if (isPrecondition(error)) return this.#write(number + 1, document, patience);
      throw error;
    }
  }
}
