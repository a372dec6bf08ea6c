import { HASH_WORDS } from './row-hash.ts';

/** Rows whose hashes are held: 32 MB of them. */
const MOST_ROWS = 4_000_000;

/** Finds rows that are the same as one before, among the first MOST_ROWS. */
export class Duplicates {
  readonly #hashes: BigUint64Array;
  #rows = 0;

  constructor(rows: number) {
    this.#hashes = new BigUint64Array(Math.min(rows, MOST_ROWS));
  }

  /** HASH_WORDS for each row. */
  add(hashes: Uint32Array): void {
    const words = new Uint32Array(this.#hashes.buffer);
    const room = (this.#hashes.length - this.#rows) * HASH_WORDS;
    const some = hashes.subarray(0, room);
    words.set(some, this.#rows * HASH_WORDS);
    this.#rows += some.length / HASH_WORDS;
  }

  /** How many rows are, and among how many it was looked. */
  result(): { readonly duplicates: number; readonly rows: number } {
    const sorted = this.#hashes.subarray(0, this.#rows).slice().sort();
    let duplicates = 0;
    for (let row = 1; row < sorted.length; row++) if (sorted[row] === sorted[row - 1]) duplicates += 1;
    return { duplicates, rows: this.#rows };
  }
}
