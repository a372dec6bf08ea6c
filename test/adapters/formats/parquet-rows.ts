import { readFileSync } from 'node:fs';
import { parquetFormat } from '#adapters/formats/parquet.ts';
import type { Datatype } from '#core/model/datatypes.ts';
import type { BadRow } from '#core/scoring/rows.ts';
import type { ShardPart } from '#core/scoring/shard.ts';
import { MemoryInputs } from './memory-inputs.ts';

export const FILES = [
  'v1-snappy',
  'v1-gzip',
  'v1-lz4',
  'v1-none',
  'v2-snappy',
  'v2-zstd',
  'v2-brotli',
  'encodings',
] as const;

const folder = new URL('parquet-files/', import.meta.url);
export const fileOf = (name: string): Buffer => readFileSync(new URL(`${name}.parquet`, folder));

/** The columns of the files as pyarrow reads them. */
export const expected = new Map<string, unknown[]>(
  readFileSync(new URL('rows.jsonl', folder), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as [string, unknown[]]),
);

export interface ReadOptions {
  readonly datatype?: Datatype;
  /** Of a row. @default 1 */
  readonly elements?: number;
  readonly batchRows?: number;
  readonly missing?: 'refuse' | 'nan';
  readonly limit?: number;
  /** @default - all */
  readonly part?: ShardPart;
  /** Columns that go along. @default - none */
  readonly kept?: readonly string[];
  /** The first dimension. @default -1 */
  readonly fixed?: number;
  readonly inputs?: MemoryInputs;
}

export interface ReadRows {
  /** Elements of the good rows. */
  readonly rows: unknown[][];
  readonly bad: BadRow[];
  readonly kept: string[][];
  /** What was handed out, in order: rows of a batch, or `bad`. */
  readonly events: (number | 'bad')[];
  readonly shapes: (readonly number[])[];
}

/** All rows of one or several columns as one input `x`. */
export async function readColumns(bytes: Uint8Array, columns: string[], options: ReadOptions = {}): Promise<ReadRows> {
  const {
    datatype = 'FP32',
    elements = columns.length,
    batchRows = 16,
    kept = [],
    inputs = new MemoryInputs(),
  } = options;
  inputs.put('file', bytes);
  const source = inputs.source('file', 'parquet');
  const format = parquetFormat();
  const { heading = [] } = await format.survey(source);
  const rowShape = elements === 0 ? [] : [elements];
  const input = { name: 'x', datatype, shape: [options.fixed ?? -1, ...rowShape] };
  const layout = {
    heading,
    inputs: columns.length > 0 ? [{ input, columns: columns.map((name) => heading.indexOf(name)), rowShape }] : [],
    kept: kept.map((name) => heading.indexOf(name)),
    missing: options.missing ?? ('refuse' as const),
  };
  const parts = options.part ? [options.part] : await format.cut(source, { partBytes: 1, listKey: 'none' });
  const read: ReadRows = { rows: [], bad: [], kept: kept.map(() => []), events: [], shapes: [] };
  for (const part of parts) {
    const request = { part, layout, batchRows, ...(options.limit && { limit: options.limit }) };
    for await (const event of format.rows(source, request)) {
      if ('bad' in event) {
        read.bad.push(event.bad);
        read.events.push('bad');
        continue;
      }
      const { batch } = event;
      read.events.push(batch.rows);
      for (const [index, texts] of batch.kept.entries()) read.kept[index]!.push(...texts);
      for (const { data, shape } of batch.inputs) {
        read.shapes.push(shape);
        const width = Math.max(1, elements);
        const all = Array.from(data as ArrayLike<unknown>);
        for (let row = 0; row < batch.rows; row++) read.rows.push(all.slice(row * width, (row + 1) * width));
      }
    }
  }
  return read;
}
