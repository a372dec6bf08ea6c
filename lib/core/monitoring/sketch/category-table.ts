import type { CategoryEntry } from './category-sketch.ts';
import { CATEGORY_HASH_BITS } from './hash.ts';

/** Categories that are counted one by one. */
export const MAX_CATEGORIES = 512;

/** Bytes in UTF-8 of the longest name that is kept. */
const MAX_NAME_BYTES = 64;

/** Categories that are taken before those too many are thrown out again. */
const SLACK = 128;

/** A power of two with room for half as many again. */
const SLOTS = 1024;

const NOTHING = -1;

/** Counts of the categories with the smallest hashes. */
export class CategoryTable {
  readonly #hashes = new Float64Array(SLOTS).fill(NOTHING);
  readonly #counts = new Float64Array(SLOTS);
  /** By slot; empty once there were more categories than are kept: free text may say too much. */
  #names: (string | null)[] = [];
  #size = 0;
  #isComplete = true;
  /** What has a larger hash is not kept any more. */
  #most = 2 ** CATEGORY_HASH_BITS;

  get isComplete(): boolean {
    return this.#isComplete;
  }

  add(hash: number, text: string | null, times: number): void {
    if (hash > this.#most) return;
    let slot = firstSlot(hash);
    while (this.#hashes[slot] !== hash && this.#hashes[slot] !== NOTHING) slot = (slot + 1) % SLOTS;
    if (this.#hashes[slot] === NOTHING) {
      this.#hashes[slot] = hash;
      this.#size++;
      if (this.#isComplete) this.#names[slot] = text === null || isLong(text) ? null : text.toWellFormed();
    }
    this.#counts[slot] = (this.#counts[slot] as number) + times;
    if (this.#size > MAX_CATEGORIES && this.#isComplete) this.incomplete();
    if (this.#size === MAX_CATEGORIES + SLACK) this.#settle();
  }

  /** There have been more categories than are kept. */
  incomplete(): void {
    this.#isComplete = false;
    this.#names = [];
    this.#settle();
  }

  addAll(other: CategoryTable): void {
    for (const { hash, name, count } of other.entries()) this.add(hash, name, count);
    // What only one of the two has thrown out is none of the smallest of both.
    if (!other.#isComplete) this.incomplete();
  }

  /** By hash, ascending. */
  entries(): CategoryEntry[] {
    if (this.#size > MAX_CATEGORIES) this.#settle();
    return this.#all();
  }

  distinct(): number {
    const entries = this.entries();
    const last = entries.at(-1);
    if (this.#isComplete || !last) return entries.length;
    return Math.round((entries.length - 1) / (last.hash / 2 ** CATEGORY_HASH_BITS));
  }

  get byteLength(): number {
    return this.#hashes.byteLength + this.#counts.byteLength + this.#names.length * 8;
  }

  #all(): CategoryEntry[] {
    const used = [...this.#hashes.keys()].filter((slot) => this.#hashes[slot] !== NOTHING);
    return used
      .map((slot) => ({
        hash: this.#hashes[slot] as number,
        name: this.#names[slot] ?? null,
        count: this.#counts[slot] as number,
      }))
      .sort((a, b) => a.hash - b.hash);
  }

  /** Leaves the smallest ones, and no more than are kept. */
  #settle(): void {
    const kept = this.#all().slice(0, MAX_CATEGORIES);
    this.#hashes.fill(NOTHING);
    this.#counts.fill(0);
    this.#names = [];
    this.#size = 0;
    for (const { hash, name, count } of kept) this.add(hash, name, count);
    if (!this.#isComplete && kept.length === MAX_CATEGORIES) this.#most = (kept.at(-1) as CategoryEntry).hash;
  }
}

const firstSlot = (hash: number): number => (hash >>> 10) & (SLOTS - 1);

/** In UTF-8; no character of UTF-16 takes more than three bytes. */
function isLong(text: string): boolean {
  if (text.length * 3 <= MAX_NAME_BYTES) return false;
  return text.length > MAX_NAME_BYTES || Buffer.byteLength(text) > MAX_NAME_BYTES;
}
