import { unpack } from './codecs.ts';
import { type Indices, type Place, readLevels } from './hybrid.ts';
import type { Leaf } from './schema.ts';
import { numberOf } from './schema.ts';
import { CutOff, readStruct, type ThriftStruct, type Wanted } from './thrift.ts';
import { isDictionary, PLAIN, readIndices, readValues, type Values } from './values.ts';

/** What stands before a page. */
export interface PageHeader {
  readonly kind: 'data' | 'dictionary' | 'other';
  /** Bytes of the header itself. */
  readonly size: number;
  readonly packed: number;
  readonly unpacked: number;
  /** Values with those that are null. */
  readonly entries: number;
  readonly encoding: number;
  /** Of version 2: levels are not compressed, and nor need the values be. */
  readonly v2?: { readonly definition: number; readonly repetition: number; readonly compressed: boolean };
}

/** One page of one column: the values that are there, and for each entry its levels. */
export interface Page {
  readonly entries: number;
  /** A number where all entries have the same. */
  readonly definition: Uint8Array | number;
  readonly repetition: Uint8Array | number;
  /** Without those that are null; of a dictionary, its entries. */
  readonly values: Values;
  /** Into `values`. @default - the values themselves, in order */
  readonly indices?: Indices;
}

const DATA = 0;
const DICTIONARY = 2;
const DATA_V2 = 3;
const HEADER: Wanted = {
  1: true,
  2: true,
  3: true,
  5: { 1: true, 2: true, 3: true, 4: true },
  7: { 1: true, 2: true },
  8: { 1: true, 4: true, 5: true, 6: true, 7: true },
};

/** Undefined where `bytes` end before the header does. Throws Error where it is none. */
export function readHeader(bytes: Uint8Array): PageHeader | undefined {
  try {
    const { value, end } = readStruct(bytes, 0, HEADER);
    return headerOf(value, end);
  } catch (error) {
    if (error instanceof CutOff) return undefined;
    throw error;
  }
}

function headerOf(value: ThriftStruct, size: number): PageHeader {
  const type = value[1];
  const sizes = { size, packed: count(value[3]), unpacked: count(value[2]) };
  const [data, dictionary, v2] = [5, 7, 8].map((field) => value[field] as ThriftStruct | undefined);
  if (type === DATA && data) {
    // Levels in bare bits are of Parquet's first year; runs are 3.
    return { kind: 'data', ...sizes, entries: count(data[1]), encoding: count(data[2]) };
  }
  if (type === DICTIONARY && dictionary) {
    return { kind: 'dictionary', ...sizes, entries: count(dictionary[1]), encoding: PLAIN };
  }
  if (type === DATA_V2 && v2) {
    const levels = { definition: count(v2[5]), repetition: count(v2[6]), compressed: v2[7] !== false };
    return { kind: 'data', ...sizes, entries: count(v2[1]), encoding: count(v2[4]), v2: levels };
  }
  return { kind: 'other', ...sizes, entries: 0, encoding: PLAIN };
}

function count(value: unknown): number {
  const number = numberOf(value) ?? -1;
  if (number >= 0 && number < 2 ** 31) return number;
  throw new Error(`a page's header has a count of ${String(value)}`);
}

/** Throws Error where the bytes are not what the header says. */
export function readDictionary(header: PageHeader, bytes: Uint8Array, leaf: Leaf, codec: number): Values {
  const unpacked = unpack(codec, bytes, header.unpacked);
  return readValues({ bytes: unpacked, at: 0, end: unpacked.length }, leaf, PLAIN, header.entries);
}

/** Throws Error where the bytes are not what the header says. */
export function readPage(
  header: PageHeader,
  bytes: Uint8Array,
  leaf: Leaf,
  { codec, dictionary }: { readonly codec: number; readonly dictionary: Values | undefined },
): Page {
  const { entries, encoding } = header;
  const { place, repetition, definition } = header.v2
    ? v2Parts(header, bytes, leaf, codec)
    : v1Parts(header, bytes, leaf, codec);
  const there = countOf(definition, leaf.maxDefinition, entries);
  if (!isDictionary(encoding)) {
    return { entries, repetition, definition, values: readValues(place, leaf, encoding, there) };
  }
  if (!dictionary) throw new Error('its dictionary is missing');
  const indices = readIndices(place, there, dictionary.length);
  return { entries, repetition, definition, values: dictionary, indices };
}

interface Parts {
  readonly repetition: Uint8Array | number;
  readonly definition: Uint8Array | number;
  /** Of the values. */
  readonly place: Place;
}

/** Both kinds of levels, each behind its length, and the values, all compressed together. */
function v1Parts(header: PageHeader, bytes: Uint8Array, leaf: Leaf, codec: number): Parts {
  const unpacked = unpack(codec, bytes, header.unpacked);
  const place = { bytes: unpacked, at: 0, end: unpacked.length };
  const levels = (max: number): Uint8Array | number => {
    if (max === 0) return 0;
    const view = new DataView(unpacked.buffer, unpacked.byteOffset, unpacked.length);
    const start = place.at + 4;
    const end = start + view.getUint32(place.at, true);
    if (end > place.end) throw new Error('its levels are cut off');
    place.at = end;
    return readLevels({ bytes: unpacked, at: start, end }, max, header.entries);
  };
  const repetition = levels(leaf.maxRepetition);
  return { repetition, definition: levels(leaf.maxDefinition), place };
}

function v2Parts(header: PageHeader, bytes: Uint8Array, leaf: Leaf, codec: number): Parts {
  const { repetition, definition, compressed } = header.v2!;
  const levels = repetition + definition;
  if (levels > bytes.length || levels > header.unpacked) throw new Error('its levels are cut off');
  const part = (start: number, length: number, max: number) =>
    max === 0 ? 0 : readLevels({ bytes, at: start, end: start + length }, max, header.entries);
  const rest = bytes.subarray(levels);
  const values = compressed ? unpack(codec, rest, header.unpacked - levels) : rest;
  return {
    repetition: part(0, repetition, leaf.maxRepetition),
    definition: part(repetition, definition, leaf.maxDefinition),
    place: { bytes: values, at: 0, end: values.length },
  };
}

/** How many of the levels are `level`. */
function countOf(levels: Uint8Array | number, level: number, entries: number): number {
  if (typeof levels === 'number') return levels === level ? entries : 0;
  let found = 0;
  for (let index = 0; index < entries; index++) if (levels[index] === level) found++;
  return found;
}
