/** Rows [from, to) of a shard. */
interface Gap {
  readonly from: number;
  to: number;
}

/**
 * Where the bad rows stand among the good ones. They are told before the batch that the rows behind them are in, so that
 * only those are remembered whose turn has not come.
 */
export class LineOrder {
  #next = 0;
  readonly #gaps: Gap[] = [];

  bad(row: number): void {
    const last = this.#gaps.at(-1);
    if (last?.to === row) last.to++;
    else this.#gaps.push({ from: row, to: row + 1 });
  }

  /** How many bad rows stand before the next good one, which is hereby taken. */
  beforeGood(): number {
    const bad = this.beforeEnd();
    this.#next++;
    return bad;
  }

  /** How many bad rows come next. */
  beforeEnd(): number {
    const [gap] = this.#gaps;
    if (gap?.from !== this.#next) return 0;
    this.#gaps.shift();
    this.#next = gap.to;
    return gap.to - gap.from;
  }
}
