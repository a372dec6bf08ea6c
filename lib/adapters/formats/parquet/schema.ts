import type { ThriftStruct } from './thrift.ts';

/** How values lie in pages. Source: parquet.thrift, `Type`. */
export const PHYSICAL_TYPES = [
  'BOOLEAN',
  'INT32',
  'INT64',
  'INT96',
  'FLOAT',
  'DOUBLE',
  'BYTE_ARRAY',
  'FIXED_LEN_BYTE_ARRAY',
] as const;
export type PhysicalType = (typeof PHYSICAL_TYPES)[number];

export type TimeUnit = 'ms' | 'us' | 'ns';

/** What the values mean, as far as it matters here. */
export type LogicalType =
  | { readonly kind: 'plain' | 'text' | 'unsigned' | 'half' | 'date' | 'uuid' | 'other' }
  | { readonly kind: 'decimal'; readonly scale: number }
  /** `utc`: a point in time; else what a clock on some wall shows. */
  | { readonly kind: 'time' | 'timestamp'; readonly unit: TimeUnit; readonly utc: boolean };

/** Values that lie one after another in a column chunk. */
export interface Leaf {
  /** Among the leaves of the file, which is the order of a row group's chunks. */
  readonly index: number;
  readonly physical: PhysicalType;
  /** Bytes, of FIXED_LEN_BYTE_ARRAY. */
  readonly width: number;
  readonly logical: LogicalType;
  /** The level of a value that is there. */
  readonly maxDefinition: number;
  /** 0: one value a row. */
  readonly maxRepetition: number;
  /** From this level on there is an element, if perhaps null; 0 where there is one value a row. */
  readonly elementDefinition: number;
  /** Whether definition level 0 means that the row's value is null, not that it is an empty list. */
  readonly nullable: boolean;
}

/** A column as users see it. `other` is a struct or a map, which is no value of one row that a tensor could take. */
export type Column =
  | { readonly name: string; readonly kind: 'scalar' | 'list'; readonly leaf: Leaf }
  | { readonly name: string; readonly kind: 'other' };

interface Node {
  readonly element: ThriftStruct;
  readonly children: Node[];
}

/** Levels of nesting: levels of definition stay within a byte, and recursion within the stack. */
const MAX_DEPTH = 32;
const MAX_COLUMNS = 100_000;
const REQUIRED = 0;
const OPTIONAL = 1;
const REPEATED = 2;

/** Builds columns of the flat list that a footer has; as many leaves as `leaves` says. Throws Error where it is no tree. */
export function columnsOf(elements: readonly ThriftStruct[]): { readonly columns: Column[]; readonly leaves: Leaf[] } {
  if (elements.length > MAX_COLUMNS) throw new Error(`its schema has more than ${MAX_COLUMNS} elements`);
  const place = { at: 0 };
  const root = nodeOf(elements, place, 0);
  if (place.at !== elements.length) throw new Error('its schema has elements beside the root');
  const leaves: Leaf[] = [];
  const columns = root.children.map((child) => columnOf(child, leaves));
  return { columns, leaves };
}

function nodeOf(elements: readonly ThriftStruct[], place: { at: number }, depth: number): Node {
  const element = elements[place.at++];
  if (!element) throw new Error('its schema ends before its last column');
  if (depth > MAX_DEPTH) throw new Error(`its schema is nested deeper than ${MAX_DEPTH} levels`);
  const count = numberOf(element[5]) ?? 0;
  const children: Node[] = [];
  for (let index = 0; index < count; index++) children.push(nodeOf(elements, place, depth + 1));
  return { element, children };
}

function columnOf(node: Node, leaves: Leaf[]): Column {
  const name = textOf(node.element[4]);
  const found = leavesOf(node, [], leaves);
  const [leaf] = found;
  if (found.length !== 1 || !leaf) return { name, kind: 'other' };
  if (leaf.maxRepetition > 0) return { name, kind: 'list', leaf };
  return node.children.length === 0 ? { name, kind: 'scalar', leaf } : { name, kind: 'other' };
}

function leavesOf(node: Node, above: readonly number[], leaves: Leaf[]): Leaf[] {
  const repetitions = [...above, numberOf(node.element[3]) ?? REQUIRED];
  if (node.children.length > 0) return node.children.flatMap((child) => leavesOf(child, repetitions, leaves));
  const physical = PHYSICAL_TYPES[numberOf(node.element[1]) ?? -1];
  // A group without children has no values; no chunk stands for it.
  if (!physical) return [];
  const width = numberOf(node.element[2]) ?? 0;
  if (physical === 'FIXED_LEN_BYTE_ARRAY' && !(width > 0)) throw new Error('a column of fixed length has none');
  const lastList = repetitions.lastIndexOf(REPEATED);
  const leaf = {
    index: leaves.length,
    physical,
    width,
    logical: logicalOf(node.element, physical, width),
    maxDefinition: levelsOf(repetitions),
    maxRepetition: repetitions.filter((repetition) => repetition === REPEATED).length,
    elementDefinition: levelsOf(repetitions.slice(0, lastList + 1)),
    nullable: repetitions[0] === OPTIONAL,
  };
  leaves.push(leaf);
  return [leaf];
}

const levelsOf = (repetitions: readonly number[]): number =>
  repetitions.filter((repetition) => repetition !== REQUIRED).length;

/** By `LogicalType`, or the older `ConvertedType`. Source: parquet.thrift. */
function logicalOf(element: ThriftStruct, physical: PhysicalType, width: number): LogicalType {
  const logical = (element[10] ?? {}) as ThriftStruct;
  const converted = numberOf(element[6]);
  const scale = numberOf(element[7]) ?? 0;
  if (logical[5] || converted === 5)
    return { kind: 'decimal', scale: scaleOf((logical[5] as ThriftStruct)?.[1] ?? scale) };
  if (logical[1] || logical[4] || logical[12] || [0, 4, 19].includes(converted ?? -1)) return { kind: 'text' };
  if (logical[6] || converted === 6) return { kind: 'date' };
  if (logical[7]) return { kind: 'time', ...clockOf(logical[7] as ThriftStruct) };
  if (logical[8]) return { kind: 'timestamp', ...clockOf(logical[8] as ThriftStruct) };
  if (converted === 7 || converted === 8) return { kind: 'time', unit: converted === 7 ? 'ms' : 'us', utc: true };
  if (converted === 9 || converted === 10) return { kind: 'timestamp', unit: converted === 9 ? 'ms' : 'us', utc: true };
  if (logical[14] && physical === 'FIXED_LEN_BYTE_ARRAY' && width === 16) return { kind: 'uuid' };
  if (logical[15] && physical === 'FIXED_LEN_BYTE_ARRAY' && width === 2) return { kind: 'half' };
  if ((logical[10] as ThriftStruct)?.[2] === false || (converted !== undefined && converted >= 11 && converted <= 14))
    return { kind: 'unsigned' };
  if (physical === 'INT96') return { kind: 'timestamp', unit: 'ns', utc: false };
  return { kind: converted === 20 || converted === 21 || [16, 17, 18].some((id) => logical[id]) ? 'other' : 'plain' };
}

function scaleOf(scale: unknown): number {
  if (typeof scale === 'number' && scale >= 0 && scale <= 1000) return scale;
  throw new Error('a decimal column has no scale');
}

function clockOf(time: ThriftStruct): { readonly unit: TimeUnit; readonly utc: boolean } {
  const unit = (time[2] ?? {}) as ThriftStruct;
  return { unit: unit[1] ? 'ms' : unit[2] ? 'us' : 'ns', utc: time[1] === true };
}

export const numberOf = (value: unknown): number | undefined => (typeof value === 'number' ? value : undefined);

const textOf = (value: unknown): string => (value instanceof Uint8Array ? new TextDecoder().decode(value) : '');
