import { DATATYPES } from '#core/model/datatypes.ts';
import type { RowLayout } from '#core/scoring/layout.ts';
import type { InputStore, RowBuffer } from '#core/scoring/row-buffer.ts';
import { type Convert, converterOf } from './convert.ts';
import type { Footer } from './footer.ts';
import { refusal } from './refusal.ts';
import type { Column, Leaf } from './schema.ts';

/** What becomes of one column. */
export interface ColumnTargets {
  readonly name: string;
  readonly leaf: Leaf;
  readonly list: boolean;
  readonly inputs: readonly InputTarget[];
  /** Where its texts go, by row. @default - they are not kept */
  readonly texts?: string[];
}

export type InputTarget =
  /** One element of each row; a list, all of them. */
  | {
      readonly kind: 'element' | 'list';
      readonly store: InputStore;
      readonly element: number;
      readonly convert: Convert;
    }
  /** The bytes of all elements of a row, little-endian. */
  | { readonly kind: 'raw'; readonly store: InputStore };

/** The columns that a layout needs, in the file's order. Throws `input.parquet` where one cannot be what it is to be. */
export function columnTargets({ columns }: Footer, layout: RowLayout, buffer: RowBuffer): ColumnTargets[] {
  return columns.flatMap((column, index) => {
    const inputs = buffer.inputs.flatMap((store) => inputTargets(column, index, store));
    const kept = layout.kept.indexOf(index);
    if (inputs.length === 0 && kept === -1) return [];
    const { name, leaf, list } = readable(column);
    return [{ name, leaf, list, inputs, ...(kept !== -1 && { texts: buffer.kept[kept] }) }];
  });
}

function readable(column: Column): { readonly name: string; readonly leaf: Leaf; readonly list: boolean } {
  const { name } = column;
  if (column.kind === 'other') throw refusal(`has a column '${name}' of several values a row, with names`, LEAVE_OUT);
  return { name, leaf: column.leaf, list: column.kind === 'list' };
}

const LEAVE_OUT = "Leave it out with the option 'drop', or name the columns that the model takes with 'columns'.";

function inputTargets(column: Column, index: number, store: InputStore): InputTarget[] {
  return store.columns.flatMap((wanted, element) => (wanted === index ? [inputTarget(column, store, element)] : []));
}

function inputTarget(column: Column, store: InputStore, element: number): InputTarget {
  const { leaf, list, name } = readable(column);
  const { input, columns, elements } = store;
  const whole = columns.length === 1;
  if (whole && !list && isRaw(leaf) && DATATYPES[input.datatype].size > 0) return { kind: 'raw', store };
  const convert = converterOf(leaf, input.datatype);
  if (!convert)
    throw refusal(
      `has ${leaf.logical.kind === 'plain' ? leaf.physical : leaf.logical.kind} values in column '${name}'; input '${input.name}' takes ${input.datatype}`,
      LEAVE_OUT,
    );
  if (list && !whole)
    throw refusal(
      `has lists in column '${name}', which is one of ${columns.length} columns of input '${input.name}'`,
      LEAVE_OUT,
    );
  if (!list && whole && elements > 1)
    throw refusal(`has one value a row in column '${name}'; input '${input.name}' takes ${elements}`, LEAVE_OUT);
  return { kind: list ? 'list' : 'element', store, element, convert };
}

const isRaw = ({ physical, logical }: Leaf): boolean =>
  (physical === 'BYTE_ARRAY' || physical === 'FIXED_LEN_BYTE_ARRAY') && logical.kind === 'plain';
