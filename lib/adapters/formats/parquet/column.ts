import { MAX_ROW_BYTES } from '#core/scoring/rows.ts';
import { type Block, joinedRow, listBlock, rowsOf, scalarBlock } from './blocks.ts';
import { ByteValues } from './byte-values.ts';
import type { ChunkBytes } from './chunk-bytes.ts';
import type { Page } from './pages.ts';
import { type ColumnPlace, PageReader } from './page-reader.ts';
import { decoding, refusal } from './refusal.ts';

/** Where one column is being read in one row group. A page is let go before the next is read: it may be large. */
export class ColumnCursor {
  readonly #pages: PageReader;
  readonly #place: ColumnPlace;
  /** What is at hand, the first of them from row `#at` on. */
  #blocks: Block[] = [];
  #at = 0;
  /** Of a list: the last row of a page, with which the page behind it may go on. */
  #open: Block | undefined;

  constructor(bytes: ChunkBytes, place: ColumnPlace) {
    this.#pages = new PageReader(bytes, place);
    this.#place = place;
  }

  /** Rows that can be taken. */
  get atHand(): number {
    return (this.#blocks[0]?.rows ?? 0) - this.#at;
  }

  /** Reads on where nothing is at hand. Tells how many rows are; 0 behind the last. Throws `input.parquet`. */
  async load(): Promise<number> {
    if (this.atHand > 0) return this.atHand;
    this.#blocks.shift();
    this.#at = 0;
    while (this.#blocks.length === 0) {
      const page = await this.#pages.next();
      if (!page) return this.#last();
      this.#add(page);
    }
    return this.atHand;
  }

  /** The block with the next `rows`, which are at hand, and where they begin in it. */
  take(rows: number): { readonly block: Block; readonly from: number } {
    const taken = { block: this.#blocks[0] as Block, from: this.#at };
    this.#at += rows;
    return taken;
  }

  async close(): Promise<void> {
    this.#blocks = [];
    this.#open = undefined;
    await this.#pages.close();
  }

  #last(): number {
    if (this.#open) this.#blocks.push(this.#open);
    this.#open = undefined;
    return this.atHand;
  }

  #add(page: Page): void {
    const { leaf, name } = this.#place;
    if (page.entries === 0) return;
    if (leaf.maxRepetition === 0) this.#blocks.push(scalarBlock(page, leaf));
    else this.#addList(decoding(`column ${name}`, () => listBlock(page, leaf)));
  }

  #addList({ block, continues }: { readonly block: Block; readonly continues: boolean }): void {
    const { name } = this.#place;
    const open = this.#open;
    if (continues && !open) throw refusal(`is damaged: column ${name} begins within a row`);
    if (open && !continues) this.#blocks.push(open);
    const last = block.rows - 1;
    const first = open && continues ? joined(open, rowsOf(block, 0, 1), name) : undefined;
    if (first && last > 0) this.#blocks.push(first);
    const whole = first ? 1 : 0;
    if (last > whole) this.#blocks.push(rowsOf(block, whole, last));
    this.#open = first && last === 0 ? first : rowsOf(block, last, block.rows);
  }
}

/** Memory for a row that goes on and on is bounded. */
function joined(open: Block, more: Block, name: string): Block {
  const row = joinedRow(open, more);
  const size = row.values instanceof ByteValues ? row.values.bytes.length : row.values.byteLength;
  if (size <= 8 * MAX_ROW_BYTES) return row;
  throw refusal(
    `has a row in column ${name} with more than ${(8 * MAX_ROW_BYTES) / 2 ** 20} MiB`,
    'Give rows that the model takes, or leave the column out.',
  );
}
