import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { root } from '../../repository/sources.ts';

/** The held-out digits of the example. */
export interface Digits {
  readonly columns: readonly string[];
  /** 64 pixels a row, as they are in the file. */
  readonly rows: readonly (readonly string[])[];
  /** What was written. */
  readonly truth: readonly number[];
}

export function readDigits(): Digits {
  const text = readFileSync(join(root, 'examples/digits/heldout.csv'), 'utf8');
  const [heading = [], ...lines] = text
    .trimEnd()
    .split('\n')
    .map((line) => line.split(','));
  return {
    columns: heading.slice(0, -1),
    rows: lines.map((line) => line.slice(0, -1)),
    truth: lines.map((line) => Number(line.at(-1))),
  };
}

/** The same rows in each way in which they may lie in a file, by the name of the file. */
export const DIGIT_FILES: Readonly<Record<string, (digits: Digits, path: string) => void>> = {
  'cells.csv': ({ columns, rows }, path) =>
    writeFileSync(path, [columns, ...rows].map((row) => `${row.join()}\n`).join('')),
  'members.jsonl': ({ columns, rows }, path) =>
    writeFileSync(path, rows.map((row) => `{${row.map((value, i) => `"${columns[i]}":${value}`).join()}}\n`).join('')),
  'lists.jsonl': ({ rows }, path) => writeFileSync(path, rows.map((row) => `{"image":[${row.join()}]}\n`).join('')),
  'bare-lists.jsonl': ({ rows }, path) => writeFileSync(path, rows.map((row) => `[${row.join()}]\n`).join('')),
  'floats.parquet': ({ columns, rows }, path) =>
    parquet(
      path,
      columns.map((name, i) => ({
        name,
        type: 'FLOAT',
        nullable: false,
        data: Float32Array.from(rows, (row) => Number(row[i])),
      })),
    ),
  'doubles.parquet': ({ columns, rows }, path) =>
    parquet(
      path,
      columns.map((name, i) => ({ name, type: 'DOUBLE', nullable: true, data: rows.map((row) => Number(row[i])) })),
    ),
  'bytes.parquet': ({ rows }, path) =>
    parquet(path, [
      {
        name: 'image',
        type: 'BYTE_ARRAY',
        nullable: false,
        data: rows.map((row) => new Uint8Array(Float32Array.from(row, Number).buffer)),
      },
    ]),
};

type Columns = Parameters<typeof parquetWriteBuffer>[0]['columnData'];

/** In several row groups. */
function parquet(path: string, columnData: Columns): void {
  writeFileSync(path, Buffer.from(parquetWriteBuffer({ columnData, rowGroupSize: 200 })));
}
