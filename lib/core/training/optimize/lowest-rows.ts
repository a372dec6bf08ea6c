/** A case of one row, or of as many as the graph takes at once, and the names of these. */
interface Row {
  readonly names: readonly string[];
  readonly line: string;
}

/** Rows that are held beyond those that are kept, so that it is not sorted for each. */
const ROOM = 32;

/**
 * Keeps the rows whose names come first: as good as drawn at random, the same ones in whatever order they come, and never
 * one twice. Bounded by their number and by characters.
 */
export class LowestRows {
  readonly #most: { readonly rows: number; readonly characters: number };
  readonly #rows = new Map<string, Row>();
  /** From here on a name is behind all that are kept. */
  #limit = '~';

  constructor(most: { readonly rows: number; readonly characters: number }) {
    this.#most = most;
  }

  /** `line` is asked for only where the row may be one of them; undefined says that it cannot be. */
  add(names: readonly string[], line: () => string | undefined): void {
    const [first] = names;
    if (first === undefined || first >= this.#limit || this.#rows.has(first)) return;
    const text = line();
    if (text === undefined) return;
    this.#rows.set(first, { names, line: text });
    if (this.#rows.size >= this.#most.rows + ROOM) this.#cut();
  }

  /** In the order of their names, `rows` at the most. */
  result(rows: number): readonly Row[] {
    this.#cut();
    return [...this.#rows.values()].slice(0, rows);
  }

  #cut(): void {
    const sorted = [...this.#rows].sort(([a], [b]) => (a < b ? -1 : 1));
    this.#rows.clear();
    let characters = 0;
    for (const [name, row] of sorted.slice(0, this.#most.rows)) {
      if ((characters += row.line.length) > this.#most.characters) break;
      this.#rows.set(name, row);
    }
    const next = sorted[this.#rows.size];
    if (next) this.#limit = next[0];
  }
}
