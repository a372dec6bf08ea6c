import type { Format, Source } from '../scoring/format.ts';
import type { LocatedRow } from '../scoring/score.ts';
import type { ShardPart } from '../scoring/shard.ts';

const NO_BYTES = new Uint8Array();

/** Finds rows of a part again, by their numbers in rising order: what is read for the first goes on for the next. */
export class RowPlaces {
  readonly #open: () => AsyncIterator<LocatedRow> | undefined;
  readonly #part: ShardPart;
  #rows: AsyncIterator<LocatedRow> | undefined;
  #next = 0;

  constructor(format: Format, source: Source, part: ShardPart) {
    this.#part = part;
    this.#open = () => format.locate?.(source, part)[Symbol.asyncIterator]();
  }

  /** With bytes of its own. */
  async find(row: number): Promise<LocatedRow> {
    this.#rows ??= this.#open();
    if (!this.#rows) return this.#byNumber(row);
    for (;;) {
      const { value, done } = await this.#rows.next();
      if (done) return this.#byNumber(row);
      if (this.#next++ === row) return { ...value, bytes: Uint8Array.from(value.bytes) };
    }
  }

  async close(): Promise<void> {
    await this.#rows?.return?.();
  }

  /** Where rows are numbered, and have no bytes that say anything. */
  #byNumber(row: number): LocatedRow {
    const part = this.#part;
    const first = part.kind === 'groups' ? part.firstRow : part.kind === 'objects' ? part.from : undefined;
    return { position: first === undefined ? -1 : first + row, bytes: NO_BYTES, length: 0 };
  }
}
