import { cellText, splitCells } from './cell-text.ts';
import { type Problem, storeElement } from './elements.ts';
import { CSV_DIALECT } from './fast-rows.ts';
import { storeList } from './json-values.ts';
import type { RowLayout } from './layout.ts';
import type { InputStore, RowBuffer } from './row-buffer.ts';
import type { RowReader } from './row-reader.ts';
import { targetsOf } from './targets.ts';
import { type Step, TemplateBuilder } from './template.ts';

const COMMA = 0x2c;

/** Rows of CSV: cells with commas between them; any quote hides commas up to the next one. */
export class CsvRows implements RowReader {
  readonly dialect = CSV_DIALECT;
  readonly template: readonly Step[] | undefined;
  readonly nan: boolean;
  private readonly layout: RowLayout;
  private readonly buffer: RowBuffer;
  /** Where the cells of the record begin; one more, behind the last comma that there would be. */
  private readonly starts: Int32Array;

  constructor(layout: RowLayout, buffer: RowBuffer) {
    this.layout = layout;
    this.nan = layout.missing === 'nan';
    this.buffer = buffer;
    this.starts = new Int32Array(layout.heading.length + 1);
    this.template = templateOf(layout, buffer);
  }

  read(bytes: Buffer, start: number, stop: number, row: number): Problem | undefined {
    const cells = splitCells(bytes, start, stop, this.starts);
    if (cells < 0) return { code: 'row.quote', what: 'A quote is opened and not closed.' };
    const wanted = this.layout.heading.length;
    if (cells !== wanted) return { code: 'row.cells', what: `The row has ${cells} cells; the heading has ${wanted}.` };
    return this.store(bytes, row);
  }

  private store(bytes: Buffer, row: number): Problem | undefined {
    const { layout, buffer, starts } = this;
    const textOf = (column: number): string | undefined =>
      cellText(bytes, starts[column] as number, (starts[column + 1] as number) - 1);
    for (const store of buffer.inputs) {
      for (const [element, column] of store.columns.entries()) {
        const text = textOf(column);
        const problem = text === undefined ? NO_TEXT : this.storeCell(store, row * store.elements + element, text);
        if (problem) return inColumn(layout, column, problem);
      }
    }
    for (const [index, column] of layout.kept.entries()) {
      const text = textOf(column);
      if (text === undefined) return inColumn(layout, column, NO_TEXT);
      buffer.kept[index]![row] = text;
    }
    return undefined;
  }

  private storeCell(store: InputStore, index: number, text: string): Problem | undefined {
    const { nan } = this;
    if (store.columns.length < store.elements) return storeList(store, index, text, nan);
    return storeElement(store.data, index, store.input.datatype, { text, kind: 'cell' }, nan);
  }
}

export const NO_TEXT: Problem = { code: 'row.text', what: 'the bytes are not UTF-8, or hold a NUL' };

export const inColumn = ({ heading }: RowLayout, column: number, { code, what }: Problem): Problem => ({
  code,
  what: `Column '${heading[column]}': ${what}.`,
});

const SEPARATOR = Uint8Array.of(COMMA);

function templateOf(layout: RowLayout, buffer: RowBuffer): readonly Step[] | undefined {
  const { targets, more } = targetsOf(layout, buffer);
  if (more || targets.some((target) => target?.whole)) return undefined;
  const builder = new TemplateBuilder();
  for (const [column, target] of targets.entries()) {
    if (column > 0) builder.literal(SEPARATOR);
    if (!builder.value(target)) return undefined;
  }
  return builder.end();
}
