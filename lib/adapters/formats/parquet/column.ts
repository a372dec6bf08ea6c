import { MAX_ROW_BYTES } from '#core/scoring/rows.ts';
import { type Block, joinedRow, listBlock, rowsOf, scalarBlock } from './blocks.ts';
import type { Budget } from './budget.ts';
import type { ChunkBytes } from './chunk-bytes.ts';
import type { Chunk } from './footer.ts';
import { type Page, type PageHeader, readDictionary, readHeader, readPage } from './pages.ts';
import { decoding, refusal } from './refusal.ts';
import type { Leaf } from './schema.ts';
import { ByteValues } from './byte-values.ts';
import type { Values } from './values.ts';

/** A header with statistics in it is some hundred bytes long; those of long texts may be longer. */
const HEADER_BYTES = 16 * 1024;
const MAX_HEADER_BYTES = 16 * 2 ** 20;
/** What an entry takes beside its value while a page is read, bytes: two levels, an index and whether it is there. */
const ENTRY_BYTES = 8;

export interface ColumnPlace {
  /** For messages. */
  readonly name: string;
  readonly leaf: Leaf;
  readonly chunk: Chunk;
  readonly budget: Budget;
}

/** The rows of one column in one row group, block after block, no block empty. Throws `input.parquet`. */
export async function* readBlocks(bytes: ChunkBytes, place: ColumnPlace): AsyncGenerator<Block, void, undefined> {
  const { leaf, name } = place;
  let open: Block | undefined;
  for await (const page of pagesOf(bytes, place)) {
    if (leaf.maxRepetition === 0) {
      if (page.entries > 0) yield scalarBlock(page, leaf);
      continue;
    }
    const { block, continues } = decoding(`column ${name}`, () => listBlock(page, leaf));
    if (block.rows === 0) continue;
    if (continues && !open) throw refusal(`is damaged: column ${name} begins within a row`);
    if (!continues && open) yield open;
    const first = continues ? joined(open as Block, rowsOf(block, 0, 1), name) : rowsOf(block, 0, 1);
    if (block.rows > 1) {
      yield first;
      if (block.rows > 2) yield rowsOf(block, 1, block.rows - 1);
    }
    // The page after this one may go on with the last row.
    open = block.rows > 1 ? rowsOf(block, block.rows - 1, block.rows) : first;
  }
  if (open) yield open;
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

async function* pagesOf(bytes: ChunkBytes, place: ColumnPlace): AsyncGenerator<Page, void, undefined> {
  const { leaf, chunk, name, budget } = place;
  let dictionary: Values | undefined;
  let held = 0;
  let kept = 0;
  let left = chunk.values;
  try {
    while (left > 0) {
      const header = await headerAt(bytes, name);
      const size = header.unpacked + header.entries * ENTRY_BYTES;
      budget.hold(size);
      const body = await bytes.peek(header.packed);
      bytes.skip(header.packed);
      if (header.kind === 'dictionary') {
        if (dictionary) throw refusal(`is damaged: column ${name} has two dictionaries`);
        dictionary = decoding(`column ${name}`, () => readDictionary(header, body, leaf, chunk.codec));
        kept = size;
      } else if (header.kind === 'data') {
        if (header.entries > left) throw refusal(`has more values in column ${name} than its footer says`);
        const page = decoding(`column ${name}`, () => readPage(header, body, leaf, { codec: chunk.codec, dictionary }));
        left -= header.entries;
        // What was handed out before is used up by now, but for the last row of a list.
        budget.release(held);
        held = size;
        yield page;
      } else budget.release(size);
    }
  } finally {
    budget.release(held + kept);
  }
}

async function headerAt(bytes: ChunkBytes, name: string): Promise<PageHeader> {
  for (let length = HEADER_BYTES; ; length *= 8) {
    const peeked = await bytes.peek(Math.min(length, MAX_HEADER_BYTES));
    const header = decoding(`column ${name}`, () => readHeader(peeked));
    if (header) {
      bytes.skip(header.size);
      if (header.packed <= bytes.left) return header;
    }
    if (header || peeked.length >= Math.min(bytes.left, MAX_HEADER_BYTES)) {
      throw refusal(`is damaged: column ${name} ends within a page`);
    }
  }
}
