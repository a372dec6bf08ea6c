import * as fc from 'fast-check';
import { expect } from 'vitest';
import type { Format } from '#core/scoring/format.ts';
import type { RowLayout } from '#core/scoring/layout.ts';
import type { ShardPart } from '#core/scoring/shard.ts';
import { readAll, type Row } from './reading.ts';
import { sourceOf } from './sources.ts';

/** A row as the reference sees it: where it begins, and what it is. */
export interface Expected {
  readonly start: number;
  readonly position: number;
  readonly bytes: string;
  readonly row: { readonly values: unknown[][]; readonly kept: string[] } | { readonly code: string };
}

/** Where to cut, and how the bytes come. */
export const cutting = fc.record({
  cuts: fc.array(fc.nat(), { maxLength: 6 }),
  chunk: fc.integer({ min: 1, max: 40 }),
  batchRows: fc.integer({ min: 1, max: 5 }),
});

export interface Case {
  readonly format: Format;
  readonly bytes: Buffer;
  readonly heading: readonly string[] | undefined;
  readonly layout: RowLayout;
  /** Where a part may begin, the least. */
  readonly least: number;
  /** Whether a place lies within quotes; undefined where nobody asks. */
  readonly quotedAt: (place: number) => boolean | undefined;
  readonly expected: readonly Expected[];
}

/** Every part has the rows that begin in it, however it is cut and whatever the chunks. */
export async function expectSameRows(
  { format, bytes, heading, layout, least, quotedAt, expected }: Case,
  { cuts, chunk, batchRows }: { cuts: readonly number[]; chunk: number; batchRows: number },
): Promise<void> {
  const size = bytes.length;
  const places = size <= least ? [] : cuts.map((cut) => least + (cut % (size - least)));
  const bounds = [...new Set([0, ...places, size])].sort((a, b) => a - b);
  const source = sourceOf(bytes, { chunk, ...(heading && { heading }) });
  for (const [index, start] of bounds.slice(0, -1).entries()) {
    const end = bounds[index + 1] as number;
    const quoted = quotedAt(start);
    const part: ShardPart = { kind: 'range', start, end, ...(quoted !== undefined && { quoted }) };
    const here = expected.filter((row) => row.start >= start && row.start < end);
    const { rows, batches } = await readAll(format, source, layout, { part, batchRows });
    expect(rows.map(plain), JSON.stringify({ part, text: bytes.toString('latin1') })).toEqual(here.map(plainExpected));
    expect(batches.every((batch, at) => batch.rows === batchRows || at === batches.length - 1)).toBe(true);
    expect(await format.count(source, part)).toBe(here.length);
  }
}

const plain = (row: Row): unknown =>
  'bad' in row
    ? { code: row.bad.code, position: row.bad.position, bytes: Buffer.from(row.bad.bytes).toString('latin1') }
    : row;

const plainExpected = ({ row, position, bytes }: Expected): unknown =>
  'code' in row ? { code: row.code, position, bytes } : row;
