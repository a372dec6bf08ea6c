import { DATATYPES } from '../../model/datatypes.ts';
import type { RowLayout } from '../../scoring/layout.ts';
import type { RowBatch } from '../../scoring/rows.ts';

const HALF_INFINITY = 0x7c00;

/** Counts cells that are NaN, and texts that are empty, by column. */
export class MissingCells {
  readonly #layout: RowLayout;
  /** By column of the heading; 0 of most. */
  readonly #counts = new Map<number, number>();

  constructor(layout: RowLayout) {
    this.#layout = layout;
  }

  add({ inputs, rows }: RowBatch): void {
    for (const [index, { input, columns }] of this.#layout.inputs.entries()) {
      const { data, shape } = inputs[index] as RowBatch['inputs'][number];
      const isMissing = MISSING[DATATYPES[input.datatype].family];
      if (!isMissing) continue;
      const elements = data.length / (shape[0] as number);
      const half = input.datatype === 'FP16';
      for (let at = 0; at < rows * elements; at++) {
        if (isMissing(data[at] as never, half)) this.note(columns[columns.length === 1 ? 0 : at % elements] as number);
      }
    }
  }

  /** One more of that column. */
  note(column: number): void {
    this.#counts.set(column, (this.#counts.get(column) ?? 0) + 1);
  }

  /** In the order of the columns. */
  result(): Record<string, number> {
    const { heading } = this.#layout;
    const found = [...this.#counts].sort(([a], [b]) => a - b);
    return Object.fromEntries(found.map(([column, count]) => [heading[column] as string, count]));
  }
}

const MISSING: Readonly<Record<string, (value: number | string, half: boolean) => boolean>> = {
  float: (value, half) => (half ? ((value as number) & 0x7fff) > HALF_INFINITY : value !== value),
  text: (value) => value === '',
};
