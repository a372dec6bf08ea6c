/** How far numbers of columns are spread, in one pass. */
export class ColumnSpread {
  readonly #shift: Float64Array;
  readonly #sum: Float64Array;
  readonly #squares: Float64Array;
  readonly #counts: Float64Array;
  readonly columns: number;

  constructor(columns: number) {
    this.columns = columns;
    [this.#shift, this.#sum, this.#squares, this.#counts] = [0, 0, 0, 0].map(() => new Float64Array(columns)) as [
      Float64Array,
      Float64Array,
      Float64Array,
      Float64Array,
    ];
  }

  /** What is no finite number is passed over. */
  add(column: number, value: number): void {
    if (!Number.isFinite(value)) return;
    if ((this.#counts[column] as number)++ === 0) this.#shift[column] = value;
    // Taken from the first one, so that a large mean leaves the digits to what is spread.
    const away = value - (this.#shift[column] as number);
    (this.#sum[column] as number) += away;
    (this.#squares[column] as number) += away * away;
  }

  /** Sum of the squared distances from the mean. */
  squares(column: number): number {
    const [sum, count] = [this.#sum[column] as number, this.#counts[column] as number];
    return count === 0 ? 0 : Math.max(0, (this.#squares[column] as number) - (sum * sum) / count);
  }

  deviation(column: number): number {
    return Math.sqrt(this.squares(column) / Math.max(1, this.#counts[column] as number));
  }
}
