import type { RowLayout } from './layout.ts';
import type { InputStore, RowBuffer } from './row-buffer.ts';

/** Where the values of one column go. */
export interface Target {
  /** @default - it is no input */
  readonly store?: InputStore;
  /** Of the row's elements of `store`, the one that the column is; the first, where it holds all of them. */
  readonly element: number;
  /** The column holds all elements of a row, as a list. */
  readonly whole: boolean;
  /** Its texts, by row. @default - they are not kept */
  readonly texts?: string[];
}

/** By column; undefined where a column is passed over. Of a column that several inputs take, those behind the first are in `more`. */
export function targetsOf(layout: RowLayout, buffer: RowBuffer): { targets: (Target | undefined)[]; more: boolean } {
  const targets: (Target | undefined)[] = layout.heading.map(() => undefined);
  let more = false;
  for (const store of buffer.inputs) {
    const whole = store.columns.length === 1 && store.elements > 1;
    for (const [element, column] of store.columns.entries()) {
      if (targets[column]) more = true;
      targets[column] = { store, element, whole };
    }
  }
  for (const [index, column] of layout.kept.entries())
    targets[column] = { element: 0, whole: false, ...targets[column], texts: buffer.kept[index] as string[] };
  return { targets, more };
}
