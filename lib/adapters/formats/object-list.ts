import { OnnwardError } from '#core/errors.ts';
import type { ObjectStore } from '#core/ports.ts';
import type { CutOptions, Source } from '#core/scoring/format.ts';
import { findObjects, type ListedRow, listRows } from '#core/scoring/object-list.ts';
import type { ShardPart } from '#core/scoring/shard.ts';
import { changed } from '../input-errors.ts';

export type ObjectsPart = Extract<ShardPart, { kind: 'objects' }>;

/** Rows of one list: a worker reads some megabytes of names, however many objects there are. */
const LIST_ROWS = 10_000;

/**
 * Writes down which objects the rows are, and cuts them by their number and bytes; no part goes beyond a list. What is
 * written already must be the same. Throws `input.changed` where they are no longer those that the plan saw.
 */
export async function writeLists(store: ObjectStore, source: Source, options: CutOptions): Promise<ObjectsPart[]> {
  const { reader, input } = source;
  // Looked at before, so that no list of other objects is ever written.
  if ((await findObjects(reader, input.key)).version !== input.version) throw otherObjects(source);
  const parts: ObjectsPart[] = [];
  let rows: ListedRow[] = [];
  const flush = async () => {
    const list = listKey(options.listKey, parts.at(-1)?.to ?? 0);
    await writeOnce(store, list, rows, source);
    parts.push(...cutList(rows, { list, from: parts.at(-1)?.to ?? 0, partBytes: options.partBytes }));
    rows = [];
  };
  for await (const { key, size, version } of listRows(reader, input.key)) {
    rows.push({ key, size, version });
    if (rows.length === LIST_ROWS) await flush();
  }
  if (rows.length > 0 || parts.length === 0) await flush();
  return parts;
}

/** `objects-000000.jsonl`, and for the second list `objects-000000-000001.jsonl`. */
function listKey(first: string, from: number): string {
  const list = Math.floor(from / LIST_ROWS);
  return list === 0 ? first : first.replace(/(\.jsonl)?$/, `-${String(list).padStart(6, '0')}.jsonl`);
}

async function writeOnce(store: ObjectStore, key: string, rows: readonly ListedRow[], source: Source): Promise<void> {
  const bytes = Buffer.from(rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  try {
    await store.put(key, bytes, { ifAbsent: true });
  } catch (error) {
    if (!(error instanceof OnnwardError) || error.code !== 'store.precondition') throw error;
    const there = await store.get(key);
    if (!there || !bytes.equals(there.bytes)) throw otherObjects(source);
  }
}

const otherObjects = ({ reader, input }: Source): OnnwardError =>
  changed(`${reader.url}/${input.key}`, 'has other objects than when the batch was planned');

interface Cut {
  readonly list: string;
  readonly from: number;
  readonly partBytes: number;
}

function cutList(rows: readonly ListedRow[], { list, from, partBytes }: Cut): ObjectsPart[] {
  const parts: ObjectsPart[] = [];
  let [begun, bytes] = [0, 0];
  for (const [index, { size }] of rows.entries()) {
    if (index > begun && bytes + size > partBytes) {
      parts.push({ kind: 'objects', list, from: from + begun, to: from + index });
      [begun, bytes] = [index, 0];
    }
    bytes += size;
  }
  return [...parts, { kind: 'objects', list, from: from + begun, to: from + rows.length }];
}

/** The objects of a part, in order. Throws `store.not_found`. */
export async function readList(store: ObjectStore, { list, from, to }: ObjectsPart): Promise<ListedRow[]> {
  const text = Buffer.concat(await Array.fromAsync(store.read(list))).toString();
  const first = from - (from % LIST_ROWS);
  const lines = text.split('\n').slice(from - first, to - first);
  return lines.map((line) => JSON.parse(line) as ListedRow);
}
