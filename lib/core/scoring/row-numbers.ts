/** Keeps count of which rows of a shard a batch has: the good ones, and bad rows come before the batch around them. */
export class RowNumbers {
  /** The first that is in no batch yet, and neither known to be bad. */
  #next = 0;
  readonly #bad = new Set<number>();

  bad(row: number): void {
    this.#bad.add(row);
  }

  /** Passes over the rows of a batch; tells their numbers to who asks. */
  take(rows: number): () => readonly number[] {
    const first = this.#next;
    if (this.#bad.size === 0) {
      this.#next += rows;
      return () => Array.from({ length: rows }, (_, index) => first + index);
    }
    const numbers: number[] = [];
    while (numbers.length < rows) {
      if (!this.#bad.delete(this.#next)) numbers.push(this.#next);
      this.#next += 1;
    }
    return () => numbers;
  }
}
