import { DATATYPES, type NumericData } from '#core/model/datatypes.ts';
import type { Problem } from '#core/scoring/elements.ts';
import type { Block } from './blocks.ts';
import { ByteValues } from './byte-values.ts';
import { BAD, type Convert, type Converted } from './convert.ts';
import type { Leaf } from './schema.ts';
import type { ColumnTargets, InputTarget } from './targets.ts';
import { textAt } from './text.ts';
import type { Values } from './values.ts';

/** Rows [from, from + rows) of a column's block. */
export interface Run {
  readonly block: Block;
  readonly from: number;
  readonly rows: number;
}

/** Rows of one input of one column, looked at; none is stored yet. */
export interface Prepared {
  /** What is wrong with a row of the run; undefined where it is good. @default - all are good */
  readonly problem?: (row: number) => Problem | undefined;
  /** Stores rows [start, end) of the run from row `slot` of the tensor on. */
  readonly store: (start: number, end: number, slot: number) => void;
}

const MISSING: Problem = { code: 'row.missing', what: 'the value is missing' };

/** Looks at the values of a run for what it is to fill. `nan`: a missing float is NaN. */
export function prepare(column: ColumnTargets, target: InputTarget, run: Run, nan: boolean): Prepared {
  if (target.kind === 'raw') return prepareRaw(target, run);
  const { datatype } = target.store.input;
  const fill = nan && DATATYPES[datatype].family === 'float';
  return target.kind === 'list'
    ? prepareList(column.leaf, target, run, fill)
    : prepareElements(column.leaf, target, run, fill);
}

type ValueTarget = Extract<InputTarget, { convert: Convert }>;

function prepareElements(leaf: Leaf, { store, element, convert }: ValueTarget, run: Run, fill: boolean): Prepared {
  const { block, from, rows } = run;
  const elements = elementsOf(block, convert, from, from + rows);
  const { problem } = elements;
  const missing = missingWith(block, fill);
  return {
    ...((problem || missing) && {
      problem: (row) => missing?.(from + row) ?? (absent(block, from + row) ? undefined : problem?.(row, leaf)),
    }),
    store(start, end, slot) {
      elements.copy(start, end, store.data as NumericData, slot * store.elements + element, store.elements);
      if (fill)
        fillAbsent(
          block,
          from + start,
          from + end,
          store.data as NumericData,
          (row) => (slot + row) * store.elements + element,
          store.input.datatype,
        );
    },
  };
}

function prepareList(leaf: Leaf, { store, convert }: ValueTarget, run: Run, fill: boolean): Prepared {
  const { block, from, rows } = run;
  const starts = block.starts as Uint32Array;
  const first = starts[from] as number;
  const elements = elementsOf(block, convert, first, starts[from + rows] as number);
  const missing = missingWith(block, fill);
  const listProblem = (row: number): Problem | undefined => {
    const [start, end] = [starts[from + row] as number, starts[from + row + 1] as number];
    if (block.nulls?.[from + row]) return MISSING;
    if (end - start !== store.elements)
      return {
        code: 'row.cells',
        what: `the list has ${end - start} elements; input '${store.input.name}' takes ${store.elements}`,
      };
    if (!missing && !elements.problem) return undefined;
    for (let at = start; at < end; at++) {
      const found = missing?.(at) ?? (absent(block, at) ? undefined : elements.problem?.(at - first, leaf));
      if (found) return { ...found, what: `element ${at - start}: ${found.what}` };
    }
    return undefined;
  };
  return {
    problem: listProblem,
    store(start, end, slot) {
      // Good rows have as many elements each as the input takes: they lie in the tensor as they lie here.
      const [low, high] = [(starts[from + start] as number) - first, (starts[from + end] as number) - first];
      elements.copy(low, high, store.data as NumericData, slot * store.elements, 1);
      if (fill)
        fillAbsent(
          block,
          first + low,
          first + high,
          store.data as NumericData,
          (at) => slot * store.elements + at,
          store.input.datatype,
        );
    },
  };
}

function prepareRaw({ store }: Extract<InputTarget, { kind: 'raw' }>, { block, from }: Run): Prepared {
  const { datatype } = store.input;
  const size = store.elements * DATATYPES[datatype].size;
  const values = block.values as ByteValues;
  const at = (row: number): Uint8Array => values.at(block.indices ? (block.indices[from + row] as number) : from + row);
  const { buffer, byteOffset, byteLength } = store.data as NumericData;
  const bytes = new Uint8Array(buffer, byteOffset, byteLength);
  return {
    problem(row) {
      if (absent(block, from + row)) return MISSING;
      const { length } = at(row);
      if (length !== size) return { code: 'row.bytes', what: `it has ${length} bytes; the input takes ${size}` };
      if (datatype === 'BOOL' && at(row).some((truth) => truth > 1))
        return { code: 'row.range', what: 'a byte is neither 0 nor 1' };
      return undefined;
    },
    store(start, end, slot) {
      for (let row = start; row < end; row++) bytes.set(at(row), (slot + row - start) * size);
    },
  };
}

const absent = ({ present }: Block, element: number): boolean => present?.[element] === 0;

const missingWith = (block: Block, fill: boolean): ((element: number) => Problem | undefined) | undefined =>
  block.present && !fill ? (element) => (absent(block, element) ? MISSING : undefined) : undefined;

const HALF_NAN = 0x7e00;

/** `place` is told how far behind the first element it is. */
function fillAbsent(
  block: Block,
  from: number,
  to: number,
  data: NumericData,
  place: (distance: number) => number,
  datatype: string,
): void {
  if (!block.present) return;
  for (let at = from; at < to; at++) {
    if (absent(block, at)) data[place(at - from)] = (datatype === 'FP16' ? HALF_NAN : Number.NaN) as never;
  }
}

/** Elements of a block as a tensor has them. */
interface Elements {
  /** What is wrong with an element, from the first of these. @default - all are good */
  readonly problem: ((element: number, leaf: Leaf) => Problem | undefined) | undefined;
  /** Copies the elements [start, end) to `at`, `at + stride`, and so on. */
  copy(start: number, end: number, data: NumericData, at: number, stride: number): void;
}

/** A dictionary is converted once, and not for each row that has a word of it. */
const dictionaries = new WeakMap<Values, { readonly convert: Convert; readonly converted: Converted }>();

function dictionaryOf(values: Values, convert: Convert): Converted {
  const known = dictionaries.get(values);
  if (known?.convert === convert) return known.converted;
  const converted = convert(values, 0, values.length);
  dictionaries.set(values, { convert, converted });
  return converted;
}

function elementsOf({ values, indices }: Block, convert: Convert, from: number, to: number): Elements {
  const { data, bad } = indices ? dictionaryOf(values, convert) : convert(values, from, to);
  const source = data as NumericData;
  const place = (element: number): number => (indices ? (indices[from + element] as number) : element);
  return {
    problem:
      bad &&
      ((element, leaf) =>
        problemOf(bad[place(element)] ?? 0, () => textAt(values, indices ? place(element) : from + element, leaf))),
    copy(start, end, target, at, stride) {
      if (!indices && stride === 1 && !Array.isArray(source))
        return target.set(source.subarray(start, end) as never, at);
      if (!indices)
        for (let index = start, to = at; index < end; index++, to += stride) target[to] = source[index] as never;
      else
        for (let index = start, to = at; index < end; index++, to += stride)
          target[to] = source[indices[from + index] as number] as never;
    },
  };
}

function problemOf(bad: number, text: () => string): Problem | undefined {
  if (bad === 0) return undefined;
  const { code, what } = BAD[bad as 1 | 2 | 3];
  const shown = text();
  return { code, what: `'${shown.length > 40 ? `${shown.slice(0, 40)}…` : shown}' ${what}` };
}

/** The texts of a column whose rows are kept; a list is one of JSON. */
export function keptText({ leaf, list }: ColumnTargets, { block, from }: Run, row: number): string {
  const textOf = (element: number): string =>
    textAt(block.values, block.indices ? (block.indices[element] as number) : element, leaf);
  if (!list) return absent(block, from + row) ? '' : textOf(from + row);
  if (block.nulls?.[from + row]) return '';
  const [start, end] = [block.starts![from + row] as number, block.starts![from + row + 1] as number];
  const quoted = block.values instanceof ByteValues;
  const parts = Array.from({ length: end - start }, (_, index) => {
    if (absent(block, start + index)) return 'null';
    const text = textOf(start + index);
    return quoted ? JSON.stringify(text) : /^-?(Infinity|NaN)$/.test(text) ? 'null' : text;
  });
  return `[${parts.join(',')}]`;
}
