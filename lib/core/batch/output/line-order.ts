/** Rows [from, to) of a shard. */
interface Gap {
  readonly from: number;
  to: number;
}

/**
 * Where the bad rows stand among the good ones. They are told before the batch that the rows behind them are in, so that
 * only those are remembered whose turn has not come. They come in order, but for those that only the model refuses.
 */
export class LineOrder {
  #next = 0;
  readonly #gaps: Gap[] = [];

  bad(row: number): void {
    const last = this.#gaps.at(-1);
    if (last?.to === row) last.to++;
    else this.#gaps.splice(this.#placeOf(row), 0, { from: row, to: row + 1 });
  }

  /** How many bad rows stand before the next good one, which is hereby taken. */
  beforeGood(): number {
    const bad = this.beforeEnd();
    this.#next++;
    return bad;
  }

  /** How many bad rows come next. */
  beforeEnd(): number {
    const first = this.#next;
    while (this.#gaps[0]?.from === this.#next) this.#next = (this.#gaps.shift() as Gap).to;
    return this.#next - first;
  }

  /** Behind all that come before it: nearly always the end. */
  #placeOf(row: number): number {
    return this.#gaps.findLastIndex(({ from }) => from < row) + 1;
  }
}
