import { DATATYPES } from '../model/datatypes.ts';
import type { Manifest } from '../model/manifest.ts';
import { elementCount, type Tensor } from '../model/tensor.ts';
import { fixedRows } from '../scoring/batch-rows.ts';
import type { Format, Source } from '../scoring/format.ts';
import type { RowLayout } from '../scoring/layout.ts';
import type { BadRow, RowBatch } from '../scoring/rows.ts';
import type { ShardPart } from '../scoring/shard.ts';
import { remembered } from './remembered-reads.ts';

/** What is looked at of an input before it is planned. */
const SAMPLE = { bytes: 256 * 1024, rows: 2000, tensorBytes: 4 * 2 ** 20, batchRows: 64, ms: 2000 };

/** The first rows of an input. */
export interface Sample {
  /** Good and bad. */
  readonly rows: number;
  readonly good: number;
  /** In signature order, the first of the good rows; none where no row was good. */
  readonly inputs: readonly Tensor[];
  /** Milliseconds that reading takes a row. */
  readonly msPerRow: number;
  readonly firstBad?: BadRow;
}

export interface SampleOptions {
  readonly manifest: Manifest;
  readonly layout: RowLayout;
  /** Where the list of objects is written, of `objects`. */
  readonly listKey: string;
  readonly now: () => number;
}

/**
 * Reads the first rows of an input, for some seconds at most; bad rows are counted, and end nothing. Where that was quick it
 * is done again, from memory: the first time is that of code that has never run, and many times as long.
 */
export async function sampleRows(format: Format, source: Source, options: SampleOptions): Promise<Sample> {
  const part = await beginning(format, source, options);
  const again = remembered(source);
  const first = await pass(format, again, part, options);
  let { msPerRow } = first;
  let spent = first.ms;
  for (let passes = 1; passes < PASSES && spent < QUICK_MS; passes++) {
    const more = await pass(format, again, part, options).catch(() => undefined);
    if (!more) break; // what was kept ends in the middle of what is compressed
    msPerRow = Math.min(msPerRow, more.msPerRow);
    spent += more.ms;
  }
  return { ...first, msPerRow };
}

/** Times that a sample is read, and the milliseconds after which it is not read once more. */
const PASSES = 20;
const QUICK_MS = 200;

async function pass(
  format: Format,
  source: Source,
  part: ShardPart,
  { manifest, layout, now }: SampleOptions,
): Promise<Sample & { readonly ms: number }> {
  const batchRows = fixedRows(manifest.signature) ?? rowsWithin(layout);
  const started = now();
  const found: Found = { rows: 0, good: 0, inputs: [] };
  const preprocess = manifest.preprocess && { preprocess: manifest.preprocess };
  for await (const event of format.rows(source, { part, layout, batchRows, limit: SAMPLE.rows, ...preprocess })) {
    if ('bad' in event) noteBad(found, event.bad);
    else noteGood(found, event.batch);
    if (found.rows >= SAMPLE.rows || now() - started > SAMPLE.ms) break;
  }
  const ms = now() - started;
  return { ...found, ms, msPerRow: ms / Math.max(1, found.rows) };
}

interface Found {
  rows: number;
  good: number;
  inputs: readonly Tensor[];
  firstBad?: BadRow;
}

function noteBad(found: Found, bad: BadRow): void {
  found.rows += 1;
  found.firstBad ??= bad;
}

/** The memory of a batch is used again, so that what is kept is a copy. */
function noteGood(found: Found, { inputs, rows }: RowBatch): void {
  if (found.good === 0) found.inputs = inputs.map((tensor) => ({ ...tensor, data: tensor.data.slice() }));
  found.rows += rows;
  found.good += rows;
}

async function beginning(format: Format, source: Source, { listKey }: SampleOptions): Promise<ShardPart> {
  const { format: kind, compression, size } = source.input;
  if (compression) return { kind: 'whole' };
  if (kind === 'parquet') return { kind: 'groups', from: 0, to: 1, firstRow: 0 };
  if (kind !== 'objects') return { kind: 'range', start: 0, end: Math.min(size, SAMPLE.bytes), quoted: false };
  const [first] = await format.cut(source, { partBytes: SAMPLE.tensorBytes, listKey });
  return first as ShardPart;
}

function rowsWithin({ inputs }: RowLayout): number {
  const bytes = inputs.reduce(
    (sum, { input, rowShape }) => sum + elementCount(rowShape.map(Math.abs)) * (DATATYPES[input.datatype].size || 1),
    0,
  );
  return Math.max(1, Math.min(SAMPLE.batchRows, Math.floor(SAMPLE.tensorBytes / Math.max(1, bytes))));
}
