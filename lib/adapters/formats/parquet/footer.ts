import { refusal, decoding } from './refusal.ts';
import { type Column, columnsOf, type Leaf, numberOf, PHYSICAL_TYPES } from './schema.ts';
import { readStruct, type ThriftStruct, type Wanted } from './thrift.ts';

/** What a file says of itself, checked against its size: nothing in it leads out of the file. */
export interface Footer {
  readonly columns: readonly Column[];
  readonly groups: readonly Group[];
  readonly rows: number;
}

export interface Group {
  readonly rows: number;
  /** Bytes in the file, of all columns. */
  readonly size: number;
  /** By `Leaf.index`. */
  chunk(leaf: Leaf): Chunk;
}

/** The values of one column in one row group: bytes [start, end) of the file, a dictionary perhaps and then pages. */
export interface Chunk {
  readonly start: number;
  readonly end: number;
  readonly values: number;
  readonly codec: number;
}

/** `PAR1`, and what stands before it at the end of the file. */
const MAGIC = 0x31524150;
const ENCRYPTED_MAGIC = 0x45524150;
export const TAIL_BYTES = 8;
/** Bytes; 10,000 chunks take about one million. */
const MAX_FOOTER_BYTES = 32 * 2 ** 20;

const COLUMN_META: Wanted = { 1: true, 4: true, 5: true, 7: true, 9: true, 11: true };
const LOGICAL: Wanted = {
  1: true,
  4: true,
  5: { 1: true },
  6: true,
  7: { 1: true, 2: { 1: true, 2: true, 3: true } },
  8: { 1: true, 2: { 1: true, 2: true, 3: true } },
  10: { 1: true, 2: true },
  12: true,
  14: true,
  15: true,
  16: true,
  17: true,
  18: true,
};
const ELEMENT: Wanted = { 1: true, 2: true, 3: true, 4: true, 5: true, 6: true, 7: true, 10: LOGICAL };
const FOOTER: Wanted = { 2: ELEMENT, 3: true, 4: { 1: { 1: true, 3: COLUMN_META, 8: {}, 9: true }, 3: true } };

/** How many bytes the footer has, by the last eight of the file. Throws `input.parquet`. */
export function footerSize(tail: Uint8Array, fileSize: number): number {
  const view = new DataView(tail.buffer, tail.byteOffset, tail.length);
  const magic = tail.length === TAIL_BYTES ? view.getUint32(4, true) : 0;
  if (magic === ENCRYPTED_MAGIC) throw refusal('is encrypted', 'Give it decrypted.');
  if (magic !== MAGIC) throw refusal('does not end as Parquet does: it is another format, or is cut off');
  const size = view.getUint32(0, true);
  if (size > fileSize - TAIL_BYTES - 4)
    throw refusal(`says that its footer has ${size} bytes; it has ${fileSize} in all`);
  if (size > MAX_FOOTER_BYTES) {
    throw refusal(
      `has a footer of ${size} bytes; the limit is ${MAX_FOOTER_BYTES}`,
      'Write larger row groups, or split it into several files.',
    );
  }
  return size;
}

/** Throws `input.parquet`. `end` is where the footer begins, and all column chunks end before. */
export function parseFooter(bytes: Uint8Array, end: number): Footer {
  const footer = decoding('its footer', () => readStruct(bytes, 0, FOOTER).value);
  const elements = structs(footer[2]);
  if (elements.length === 0) throw refusal('names no columns');
  const { columns, leaves } = decoding('its schema', () => columnsOf(elements));
  const groups = structs(footer[4]).map((group, index) => groupOf(group, index, leaves, end));
  const rows = groups.reduce((sum, group) => sum + group.rows, 0);
  if (rows !== footer[3])
    throw refusal(`says that it has ${String(numberOf(footer[3]))} rows; its row groups have ${rows}`);
  return { columns, groups, rows };
}

const structs = (value: unknown): readonly ThriftStruct[] =>
  Array.isArray(value) ? value.filter((struct) => typeof struct === 'object' && !(struct instanceof Uint8Array)) : [];

function groupOf(group: ThriftStruct, index: number, leaves: readonly Leaf[], fileEnd: number): Group {
  const rows = countOf(group[3], `row group ${index}: rows`);
  const chunks = structs(group[1]);
  if (chunks.length !== leaves.length) {
    throw refusal(`has ${chunks.length} columns in row group ${index}, and ${leaves.length} in its schema`);
  }
  let size = 0;
  for (const leaf of leaves) {
    const { start, end } = chunkOf(chunks[leaf.index]!, { leaf, rows, index, fileEnd });
    size += end - start;
  }
  return { rows, size, chunk: (leaf) => chunkOf(chunks[leaf.index]!, { leaf, rows, index, fileEnd }) };
}

interface ChunkPlace {
  readonly leaf: Leaf;
  readonly rows: number;
  /** Of the row group. */
  readonly index: number;
  readonly fileEnd: number;
}

function chunkOf(chunk: ThriftStruct, { leaf, rows, index, fileEnd }: ChunkPlace): Chunk {
  const where = `column ${leaf.index} of row group ${index}`;
  if (chunk[1] instanceof Uint8Array && chunk[1].length > 0) throw refusal(`keeps ${where} in another file`);
  if (chunk[8] || chunk[9]) throw refusal(`has ${where} encrypted`, 'Give it decrypted.');
  const meta = (chunk[3] ?? {}) as ThriftStruct;
  if (PHYSICAL_TYPES[numberOf(meta[1]) ?? -1] !== leaf.physical)
    throw refusal(`gives ${where} another type than its schema`);
  const values = countOf(meta[5], `${where}: values`);
  if (leaf.maxRepetition === 0 && values !== rows)
    throw refusal(`has ${values} values in ${where}, which has ${rows} rows`);
  const size = countOf(meta[7], `${where}: bytes`);
  const data = countOf(meta[9], `${where}: its place`);
  const dictionary = countOf(meta[11] ?? 0, `${where}: its dictionary`);
  const start = dictionary > 0 ? Math.min(dictionary, data) : data;
  if (start + size > fileEnd) throw refusal(`places ${where} at bytes ${start} to ${start + size}, beyond its end`);
  return { start, end: start + size, values, codec: numberOf(meta[4]) ?? -1 };
}

function countOf(value: unknown, what: string): number {
  if (typeof value === 'number' && value >= 0 && Number.isSafeInteger(value)) return value;
  throw refusal(`says nothing that can be so of ${what} (${String(value)})`);
}
