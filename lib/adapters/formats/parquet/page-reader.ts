import type { Budget } from './budget.ts';
import { ByteValues } from './byte-values.ts';
import type { ChunkBytes } from './chunk-bytes.ts';
import type { Chunk } from './footer.ts';
import { type Page, type PageHeader, readDictionary, readHeader, readPage } from './pages.ts';
import { decoding, refusal } from './refusal.ts';
import type { Leaf } from './schema.ts';
import { isDictionary, PLAIN, type Values, widthOf } from './values.ts';

/** A header with statistics in it is some hundred bytes long; those of long texts may be longer. */
const HEADER_BYTES = 16 * 1024;
const MAX_HEADER_BYTES = 16 * 2 ** 20;

export interface ColumnPlace {
  /** For messages. */
  readonly name: string;
  readonly leaf: Leaf;
  readonly chunk: Chunk;
  readonly budget: Budget;
}

/** The pages of one column in one row group. A page is held by whoever asked for it, and by nobody else. */
export class PageReader {
  readonly #bytes: ChunkBytes;
  readonly #place: ColumnPlace;
  #dictionary: Values | undefined;
  /** Values that are not read yet. */
  #left: number;
  /** Of the budget, for the dictionary and for the page that was handed out last. */
  #kept = 0;
  #held = 0;

  constructor(bytes: ChunkBytes, place: ColumnPlace) {
    this.#bytes = bytes;
    this.#place = place;
    this.#left = place.chunk.values;
  }

  /** Undefined behind the last. Throws `input.parquet`, and what the reader throws. */
  async next(): Promise<Page | undefined> {
    this.#release();
    while (this.#left > 0) {
      const header = await this.#header();
      if (header.kind === 'other') await this.#bytes.pass(header.packed);
      else if (header.kind === 'dictionary') await this.#readDictionary(header);
      else return this.#readPage(header);
    }
    return undefined;
  }

  async close(): Promise<void> {
    this.#release();
    this.#place.budget.release(this.#kept);
    this.#kept = 0;
    this.#dictionary = undefined;
    await this.#bytes.close();
  }

  #release(): void {
    this.#place.budget.release(this.#held);
    this.#held = 0;
  }

  async #header(): Promise<PageHeader> {
    const { name } = this.#place;
    for (let length = HEADER_BYTES; ; length *= 8) {
      const peeked = await this.#bytes.peek(Math.min(length, MAX_HEADER_BYTES));
      const header = decoding(`column ${name}`, () => readHeader(peeked));
      if (header && header.size + header.packed <= this.#bytes.left) {
        await this.#bytes.pass(header.size);
        return header;
      }
      if (header || peeked.length >= Math.min(this.#bytes.left, MAX_HEADER_BYTES)) {
        throw refusal(`is damaged: column ${name} ends within a page`);
      }
    }
  }

  async #readDictionary(header: PageHeader): Promise<void> {
    const { name, leaf, chunk } = this.#place;
    if (this.#dictionary) throw refusal(`is damaged: column ${name} has two dictionaries`);
    const body = await this.#bytes.take(header.packed);
    this.#dictionary = this.#within(header, () =>
      decoding(`column ${name}`, () => readDictionary(header, body, leaf, chunk.codec)),
    );
    this.#kept = memoryOf(this.#dictionary);
    this.#place.budget.hold(this.#kept);
  }

  async #readPage(header: PageHeader): Promise<Page> {
    const { name, leaf, chunk } = this.#place;
    if (header.entries > this.#left) throw refusal(`has more values in column ${name} than its footer says`);
    this.#left -= header.entries;
    const from = { codec: chunk.codec, dictionary: this.#dictionary };
    const body = await this.#bytes.take(header.packed);
    const page = this.#within(header, () => decoding(`column ${name}`, () => readPage(header, body, leaf, from)));
    this.#held = pageMemory(page, leaf);
    this.#place.budget.hold(this.#held);
    return page;
  }

  /** Decodes where the budget has room for the most that the header lets expect. */
  #within<T>(header: PageHeader, decode: () => T): T {
    const { budget, leaf } = this.#place;
    const most = header.unpacked + header.entries * entryBytes(header, leaf);
    budget.hold(most);
    const decoded = decode();
    budget.release(most);
    return decoded;
  }
}

/** What a page takes once nulls have their places, bytes. */
function pageMemory({ entries, values, indices, definition, repetition }: Page, leaf: Leaf): number {
  const levels = [definition, repetition].reduce<number>(
    (sum, each) => sum + (typeof each === 'number' ? 0 : entries),
    0,
  );
  if (indices) return levels + entries * indices.BYTES_PER_ELEMENT;
  return (
    levels + (definition === leaf.maxDefinition ? memoryOf(values) : memoryOf(values) + entries * placeBytes(leaf))
  );
}

const memoryOf = (values: Values): number =>
  values instanceof ByteValues ? values.bytes.byteLength + 8 * values.length : values.byteLength;

/** Of a value in an array; bytes are told by where they begin and end. */
const placeBytes = (leaf: Leaf): number => (isBytes(leaf) ? 8 : widthOf(leaf));

const isBytes = ({ physical }: Leaf): boolean => ['BYTE_ARRAY', 'FIXED_LEN_BYTE_ARRAY', 'INT96'].includes(physical);

/** The most that an entry takes beside what it has in the page, bytes: its levels, and its value where it is not used in place. */
function entryBytes({ encoding }: PageHeader, leaf: Leaf): number {
  const levels = Math.sign(leaf.maxDefinition) + Math.sign(leaf.maxRepetition);
  if (isDictionary(encoding)) return levels + 4;
  const inPlace = encoding === PLAIN && !isBytes(leaf) && leaf.physical !== 'BOOLEAN' && leaf.maxDefinition === 0;
  return levels + (inPlace ? 0 : placeBytes(leaf) + widthOf(leaf));
}
