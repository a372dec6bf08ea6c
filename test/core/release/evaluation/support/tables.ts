import { parquetWriteBuffer } from 'hyparquet-writer';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { example } from './place.ts';

/** A table by its columns; numbers are numbers in every format, texts are texts. */
export type Table = Readonly<Record<string, readonly (number | string)[]>>;

const rowsOf = (table: Table): number => Object.values(table)[0]?.length ?? 0;

export function csvOf(table: Table): string {
  const names = Object.keys(table);
  const lines = Array.from({ length: rowsOf(table) }, (_, row) => names.map((name) => table[name]![row]).join(','));
  return [names.join(','), ...lines, ''].join('\n');
}

export function jsonlOf(table: Table): string {
  const names = Object.keys(table);
  const row = (index: number) => Object.fromEntries(names.map((name) => [name, table[name]![index]]));
  return Array.from({ length: rowsOf(table) }, (_, index) => `${JSON.stringify(row(index))}\n`).join('');
}

export function parquetOf(table: Table, rowGroupSize = 1000): Uint8Array {
  const columnData = Object.entries(table).map(([name, data]) => ({
    name,
    data: [...data],
    type: typeof data[0] === 'number' ? ('DOUBLE' as const) : ('STRING' as const),
  }));
  return new Uint8Array(parquetWriteBuffer({ columnData, rowGroupSize }));
}

/** The held-out rows of an example, of which all columns but `texts` are numbers. */
export function exampleTable(name: string, texts: readonly string[] = []): Table {
  const [heading = '', ...lines] = readFileSync(join(example(name), 'heldout.csv'), 'utf8')
    .trim()
    .split('\n');
  const cells = lines.map((line) => line.split(','));
  return Object.fromEntries(
    heading
      .split(',')
      .map((column, index) => [
        column,
        cells.map((row) => (texts.includes(column) ? row[index]! : Number(row[index]))),
      ]),
  );
}

/** Rows over and over, with `more` columns. */
export function repeated(table: Table, times: number): Table {
  return Object.fromEntries(
    Object.entries(table).map(([name, values]) => [name, Array.from({ length: times }, () => values).flat()]),
  );
}
