import type { Datatype } from '#core/model/datatypes.ts';
import type { Signature } from '#core/model/signature.ts';
import type { Format, Source } from '#core/scoring/format.ts';
import type { RowLayout } from '#core/scoring/layout.ts';
import type { BadRow } from '#core/scoring/rows.ts';
import type { ShardPart } from '#core/scoring/shard.ts';

export const signatureOf = (...inputs: [name: string, datatype: Datatype, shape: number[]][]): Signature => ({
  inputs: inputs.map(([name, datatype, shape]) => ({ name, datatype, shape })),
  outputs: [],
  unserved: [],
});

/** Nothing is compressed. */
export const asItIs = <T>(chunks: T): T => chunks;

/** A row as it came out: its elements by input, and its texts; or why it did not. */
export type Row = { readonly values: unknown[][]; readonly kept: string[] } | { readonly bad: BadRow };

export interface Reading {
  readonly rows: Row[];
  /** Rows of each batch, and of its tensors. */
  readonly batches: { readonly rows: number; readonly shapes: (readonly number[])[] }[];
}

/** All rows of a part, in order; every batch is taken apart before the next event is asked for. */
export async function readAll(
  format: Format,
  source: Source,
  layout: RowLayout,
  { part = WHOLE, batchRows = 4, limit }: { part?: ShardPart; batchRows?: number; limit?: number } = {},
): Promise<Reading> {
  const good: Row[] = [];
  const bad: BadRow[] = [];
  const batches: Reading['batches'] = [];
  const request = { part, layout, batchRows, ...(limit !== undefined && { limit }) };
  for await (const event of format.rows(source, request)) {
    if ('bad' in event) bad.push(event.bad);
    else {
      const { inputs, rows, kept } = event.batch;
      batches.push({ rows, shapes: inputs.map(({ shape }) => shape) });
      for (let row = 0; row < rows; row++) {
        const values = inputs.map(({ data, shape }) => {
          const elements = data.length / (shape[0] as number);
          return Array.from(data.slice(row * elements, (row + 1) * elements) as ArrayLike<unknown>);
        });
        good.push({ values, kept: kept.map((texts) => texts[row] as string) });
      }
    }
  }
  const rows = [...good];
  // In order of their numbers: whoever is put in before is already where it belongs.
  for (const row of bad) rows.splice(row.row, 0, { bad: row });
  return { rows, batches };
}

const WHOLE: ShardPart = { kind: 'whole' };

/** The codes of bad rows, `good` for the others. */
export const codesOf = ({ rows }: Reading): string[] => rows.map((row) => ('bad' in row ? row.bad.code : 'good'));
