import { refusal } from './refusal.ts';

/** What unpacked pages of all columns may take at once, bytes. */
const MAX_BYTES = 256 * 2 ** 20;

/** Counts what is unpacked and not used yet, before it is set aside. */
export class Budget {
  #held = 0;

  /** Throws `input.parquet`. */
  hold(bytes: number): void {
    this.#held += bytes;
    if (this.#held <= MAX_BYTES) return;
    const size = Math.ceil(this.#held / 2 ** 20);
    throw refusal(
      `takes ${size} MiB to be read, as its pages are; the limit is ${MAX_BYTES / 2 ** 20} MiB`,
      'Write it with smaller row groups (pyarrow: row_group_size=10000) or smaller pages.',
    );
  }

  release(bytes: number): void {
    this.#held -= bytes;
  }
}
