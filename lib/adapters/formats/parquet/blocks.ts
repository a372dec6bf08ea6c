import { ByteValues } from './byte-values.ts';
import type { Indices } from './hybrid.ts';
import type { Page } from './pages.ts';
import type { Leaf } from './schema.ts';
import type { Values } from './values.ts';

/** Rows of one column, one after another, as they come out of a page. */
export interface Block {
  readonly rows: number;
  readonly values: Values;
  /** Into `values`, for each element. @default - the values themselves, in order */
  readonly indices?: Indices;
  /** For each element, 0 where it is null. @default - none is */
  readonly present?: Uint8Array;
  /** Of a list: where a row's elements begin, and behind the last where they end. @default - one element a row */
  readonly starts?: Uint32Array;
  /** Of a list: 1 where the whole row is null. */
  readonly nulls?: Uint8Array;
}

/** One element a row; nulls take a place, too, so that rows and elements go together. */
export function scalarBlock(page: Page, leaf: Leaf): Block {
  const { entries, definition } = page;
  if (definition === leaf.maxDefinition) return { rows: entries, ...elementsOf(page) };
  const present = maskOf(definition, entries, leaf.maxDefinition);
  return { rows: entries, ...spread(page, present), present };
}

/** The rows that end in the page are whole; the first may go on with what `open` began, the last may go on in the next. */
export function listBlock(page: Page, leaf: Leaf): { readonly block: Block; readonly continues: boolean } {
  const { entries, repetition, definition } = page;
  const count = rowCount(repetition, entries);
  const [starts, nulls] = [new Uint32Array(count + 1), new Uint8Array(count)];
  const whole = definition === leaf.maxDefinition;
  let elements = 0;
  for (let entry = 0, row = 0; entry < entries; row++) {
    const end = nextRow(repetition, entry, entries);
    nulls[row] = leaf.nullable && level(definition, entry) === 0 ? 1 : 0;
    if (whole) elements += end - entry;
    else for (let at = entry; at < end; at++) if (level(definition, at) >= leaf.elementDefinition) elements += 1;
    entry = end;
    starts[row + 1] = elements;
  }
  const rows = { rows: count, starts, nulls };
  const continues = entries > 0 && level(repetition, 0) > 0;
  if (whole) return { block: { ...rows, ...elementsOf(page) }, continues };
  const present = presentElements(page, leaf, elements);
  return { block: { ...rows, ...spread(page, present), present }, continues };
}

const level = (levels: Uint8Array | number, index: number): number =>
  typeof levels === 'number' ? levels : (levels[index] as number);

/** A row that goes on from the page before is one here, too. */
function rowCount(repetition: Uint8Array | number, entries: number): number {
  if (typeof repetition === 'number') return repetition === 0 ? entries : Math.min(entries, 1);
  let rows = repetition[0] === 0 ? 0 : 1;
  for (let at = repetition.indexOf(0); at !== -1; at = repetition.indexOf(0, at + 1)) rows++;
  return rows;
}

/** Where the row of `entry` ends: at the next entry that repeats nothing. */
function nextRow(repetition: Uint8Array | number, entry: number, entries: number): number {
  if (typeof repetition === 'number') return repetition === 0 ? entry + 1 : entries;
  const next = repetition.indexOf(0, entry + 1);
  return next === -1 ? entries : next;
}

function presentElements({ entries, definition }: Page, leaf: Leaf, elements: number): Uint8Array {
  const present = new Uint8Array(elements);
  if (typeof definition === 'number') return present;
  for (let entry = 0, element = 0; entry < entries; entry++) {
    const level = definition[entry] as number;
    if (level >= leaf.elementDefinition) present[element++] = level === leaf.maxDefinition ? 1 : 0;
  }
  return present;
}

function maskOf(levels: Uint8Array | number, entries: number, level: number): Uint8Array {
  const mask = new Uint8Array(entries);
  if (typeof levels === 'number') return levels === level ? mask.fill(1) : mask;
  for (let entry = 0; entry < entries; entry++) mask[entry] = levels[entry] === level ? 1 : 0;
  return mask;
}

type Elements = Pick<Block, 'values' | 'indices'>;

const elementsOf = ({ values, indices }: Page): Elements => (indices ? { values, indices } : { values });

/** The values at the places of those that are there; what is at the others does not count. */
function spread({ values, indices }: Page, present: Uint8Array): Elements {
  if (indices) return { values, indices: spreadOut(indices, present) };
  if (!(values instanceof ByteValues)) return { values: spreadOut(values, present) };
  const [starts, ends] = [spreadOut(values.starts, present), spreadOut(values.ends, present)];
  return { values: new ByteValues(values.bytes, starts, ends) };
}

function spreadOut<T extends Exclude<Values, ByteValues> | Indices>(values: T, present: Uint8Array): T {
  const out = new (values.constructor as new (length: number) => T)(present.length);
  for (let element = 0, value = 0; element < present.length; element++) {
    if (present[element]) out[element] = values[value++] as never;
  }
  return out;
}

/** The rows [from, to) of a list's block. */
export function rowsOf(block: Block, from: number, to: number): Block {
  const starts = block.starts as Uint32Array;
  const [first, last] = [starts[from] as number, starts[to] as number];
  return {
    rows: to - from,
    starts: starts.subarray(from, to + 1).map((start) => start - first),
    nulls: (block.nulls as Uint8Array).subarray(from, to),
    ...(block.indices
      ? { values: block.values, indices: block.indices.subarray(first, last) }
      : { values: block.values.subarray(first, last) }),
    ...(block.present && { present: block.present.subarray(first, last) }),
  };
}

/** One row of a list, of what two pages have of it; memory of its own. */
export function joinedRow(a: Block, b: Block): Block {
  const elements = (a.starts![1] as number) + (b.starts![1] as number);
  const present =
    a.present || b.present
      ? { present: concat(a.present ?? ones(a.starts![1]!), b.present ?? ones(b.starts![1]!)) }
      : undefined;
  return {
    rows: 1,
    starts: Uint32Array.of(0, elements),
    ...(a.nulls && { nulls: a.nulls }),
    values: concatValues(gathered(a), gathered(b)),
    ...present,
  };
}

const ones = (length: number): Uint8Array => new Uint8Array(length).fill(1);

/** The values themselves, without indices. */
function gathered({ values, indices }: Block): Values {
  if (!indices) return values;
  const gather = <T extends Exclude<Values, ByteValues> | Uint32Array>(from: T): T => {
    const out = new (from.constructor as new (length: number) => T)(indices.length);
    for (let index = 0; index < indices.length; index++) out[index] = (from[indices[index]!] ?? out[index]) as never;
    return out;
  };
  if (!(values instanceof ByteValues)) return gather(values);
  return new ByteValues(values.bytes, gather(values.starts), gather(values.ends));
}

function concatValues(a: Values, b: Values): Values {
  if (!(a instanceof ByteValues) || !(b instanceof ByteValues)) {
    return concat(a as Exclude<Values, ByteValues>, b as Exclude<Values, ByteValues>);
  }
  const shift = (ends: Uint32Array) => ends.map((end) => end + a.bytes.length);
  return new ByteValues(concat(a.bytes, b.bytes), concat(a.starts, shift(b.starts)), concat(a.ends, shift(b.ends)));
}

function concat<T extends Exclude<Values, ByteValues> | Uint32Array>(a: T, b: T): T {
  const out = new (a.constructor as new (length: number) => T)(a.length + b.length);
  out.set(a as never);
  out.set(b as never, a.length);
  return out;
}
