import { CategoryTable } from './category-table.ts';
import type { CategoryValues } from './columns.ts';
import { bucketOf, BUCKETS, categoryHash } from './hash.ts';

/** One of the categories that are counted one by one. */
export interface CategoryEntry {
  /** See `categoryHash`. */
  readonly hash: number;
  /** null where it is longer than 64 bytes, or where there are more categories than are kept. */
  readonly name: string | null;
  readonly count: number;
}

/** All that is kept of categories, as it is written and read. */
export interface CategoryState {
  count: number;
  missing: number;
  readonly table: CategoryTable;
  readonly buckets: Float64Array;
}

/**
 * What is kept of a feature's categories, however many: at most 64 KB. Exact counts of the 512 categories with the
 * smallest hashes (Bar-Yossef et al. 2002; one that is among them in the end has been so all the time), and counts of all
 * of them in buckets. Whatever order and grouping they come in, it is the same to the bit.
 */
export class CategorySketch {
  readonly #state: CategoryState;

  constructor(state?: CategoryState) {
    this.#state = state ?? { count: 0, missing: 0, table: new CategoryTable(), buckets: new Float64Array(BUCKETS) };
  }

  add({ data, offset, stride }: CategoryValues, rows: number): void {
    for (let i = 0, at = offset; i < rows; i++, at += stride) this.addText(data[at] as string | null);
  }

  /** null is a missing one. */
  addText(text: string | null, times = 1): void {
    const state = this.#state;
    if (text === null) {
      state.missing += times;
      return;
    }
    const hash = categoryHash(text);
    const bucket = bucketOf(hash);
    state.count += times;
    state.buckets[bucket] = (state.buckets[bucket] as number) + times;
    state.table.add(hash, text, times);
  }

  static merge(sketches: readonly CategorySketch[]): CategorySketch {
    const merged = new CategorySketch();
    for (const sketch of sketches) merged.#addAll(sketch.#state);
    return merged;
  }

  #addAll(other: CategoryState): void {
    const state = this.#state;
    state.count += other.count;
    state.missing += other.missing;
    other.buckets.forEach((count, bucket) => (state.buckets[bucket] = (state.buckets[bucket] as number) + count));
    state.table.addAll(other.table);
  }

  get state(): Readonly<CategoryState> {
    return this.#state;
  }

  /** Those that are not missing. */
  get count(): number {
    return this.#state.count;
  }

  get missing(): number {
    return this.#state.missing;
  }

  get rows(): number {
    return this.count + this.missing;
  }

  /** There are 512 categories at most, and each is among the entries. */
  get isComplete(): boolean {
    return this.#state.table.isComplete;
  }

  /** The most frequent ones first. */
  entries(): CategoryEntry[] {
    return this.#state.table.entries().sort((a, b) => b.count - a.count || a.hash - b.hash);
  }

  /** How often each category came, the most frequent first; undefined where there are more than are kept. */
  counts(): ReadonlyMap<string, number> | undefined {
    return this.isComplete ? new Map(this.entries().map((entry) => [labelOf(entry), entry.count])) : undefined;
  }

  /** Of all categories, added up by `bucketOf` their hashes; those of two sketches can be compared. */
  buckets(): Float64Array {
    return this.#state.buckets.slice();
  }

  /** How many categories there are: exact up to 512; above estimated by how densely the smallest hashes lie, off by 4.4 % (one sd). */
  distinct(): number {
    return this.#state.table.distinct();
  }

  /** Of its numbers; names come to that, 64 bytes each. */
  get byteLength(): number {
    return this.#state.buckets.byteLength + this.#state.table.byteLength + 2 * 8;
  }
}

/** What a category is called: its name; `#` and its hash where that is too long. */
export const labelOf = ({ hash, name }: Pick<CategoryEntry, 'hash' | 'name'>): string =>
  name ?? `#${hash.toString(16).padStart(13, '0')}`;
