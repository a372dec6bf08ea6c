import { ByteValues } from './byte-values.ts';
import { readDeltas } from './delta.ts';
import { byteOf, type Indices, type Place, readHybrid, unpackBits } from './hybrid.ts';
import type { Leaf } from './schema.ts';

/** What a page's bytes are: BOOLEAN as 0 and 1; BYTE_ARRAY, FIXED_LEN_BYTE_ARRAY and INT96 as bytes. */
export type Values = Uint8Array | Int32Array | BigInt64Array | Float32Array | Float64Array | ByteValues;

const WIDTHS = {
  BOOLEAN: 1,
  INT32: 4,
  INT64: 8,
  INT96: 12,
  FLOAT: 4,
  DOUBLE: 8,
  BYTE_ARRAY: 0,
  FIXED_LEN_BYTE_ARRAY: 0,
};

/** By their numbers in parquet.thrift, `Encoding`. */
export const PLAIN = 0;
const RLE = 3;
const DELTA_BINARY_PACKED = 5;
const DELTA_LENGTH_BYTE_ARRAY = 6;
const DELTA_BYTE_ARRAY = 7;
const BYTE_STREAM_SPLIT = 9;
export const isDictionary = (encoding: number): boolean => encoding === 2 || encoding === 8;

/** `count` values of a page. Throws Error where the bytes end before, or the encoding is none for the type. */
export function readValues(place: Place, leaf: Leaf, encoding: number, count: number): Values {
  switch (encoding) {
    case PLAIN:
      return plain(place, leaf, count);
    case RLE:
      return booleanRuns(place, leaf, count);
    case DELTA_BINARY_PACKED:
      return deltas(place, leaf, count);
    case DELTA_LENGTH_BYTE_ARRAY:
      return deltaLengths(place, count);
    case DELTA_BYTE_ARRAY:
      return deltaBytes(place, count);
    case BYTE_STREAM_SPLIT:
      return streams(place, leaf, count);
    default:
      throw new Error(`encoding ${encoding} is unknown`);
  }
}

/** Which entries of the dictionary the values are, in as few bytes as they need. */
export function readIndices(place: Place, count: number, entries: number): Indices {
  const width = count === 0 ? 0 : byteOf(place);
  const indices = width <= 8 ? new Uint8Array(count) : width <= 16 ? new Uint16Array(count) : new Uint32Array(count);
  readHybrid(place, width, indices);
  if (entries >= 2 ** width) return indices;
  for (let index = 0; index < count; index++) {
    if ((indices[index] as number) >= entries) throw new Error(`a value is none of the ${entries} of the dictionary`);
  }
  return indices;
}

function plain(place: Place, leaf: Leaf, count: number): Values {
  const { physical } = leaf;
  if (physical === 'BYTE_ARRAY') return plainBytes(place, count);
  if (physical === 'BOOLEAN') {
    const out = new Uint8Array(count);
    unpackBits(place, 1, out, 0, count);
    return out;
  }
  const width = widthOf(leaf);
  return typed(taken(place, count * width), leaf, count);
}

/** Bytes of a value, where all have as many. */
export const widthOf = ({ physical, width }: Leaf): number => WIDTHS[physical] || width;

function taken(place: Place, length: number): Uint8Array {
  if (place.at + length > place.end) throw new Error('it is cut off');
  place.at += length;
  return place.bytes.subarray(place.at - length, place.at);
}

/** Where they lie where the alignment allows it, else copied. */
function typed(bytes: Uint8Array, leaf: Leaf, count: number): Values {
  const aligned = bytes.byteOffset % 8 === 0 ? bytes : new Uint8Array(bytes);
  const at = [aligned.buffer as ArrayBuffer, aligned.byteOffset, count] as const;
  switch (leaf.physical) {
    case 'INT32':
      return new Int32Array(...at);
    case 'INT64':
      return new BigInt64Array(...at);
    case 'FLOAT':
      return new Float32Array(...at);
    case 'DOUBLE':
      return new Float64Array(...at);
    default:
      return ByteValues.fixed(bytes, widthOf(leaf), count);
  }
}

function plainBytes(place: Place, count: number): ByteValues {
  if (place.at + count * 4 > place.end) throw new Error('it is cut off');
  const { bytes } = place;
  const [starts, ends] = [new Uint32Array(count), new Uint32Array(count)];
  for (let index = 0; index < count; index++) {
    const { at } = place;
    const length = taken(place, 4).length && uint32(bytes, at);
    taken(place, length);
    starts[index] = at + 4;
    ends[index] = at + 4 + length;
  }
  return new ByteValues(bytes, starts, ends);
}

const uint32 = (bytes: Uint8Array, at: number): number =>
  (((bytes[at + 3] as number) << 24) |
    ((bytes[at + 2] as number) << 16) |
    ((bytes[at + 1] as number) << 8) |
    (bytes[at] as number)) >>>
  0;

function booleanRuns(place: Place, { physical }: Leaf, count: number): Uint8Array {
  if (physical !== 'BOOLEAN') throw new Error(`runs are no encoding of ${physical}`);
  taken(place, 4); // the length of what follows, which is all there is
  const out = new Uint8Array(count);
  readHybrid(place, 1, out);
  return out;
}

function deltas(place: Place, { physical }: Leaf, count: number): Values {
  if (physical !== 'INT32' && physical !== 'INT64') throw new Error(`differences are no encoding of ${physical}`);
  const out = physical === 'INT32' ? new Int32Array(count) : new BigInt64Array(count);
  readDeltas(place, out);
  return out;
}

function lengths(place: Place, count: number): Int32Array {
  // Empty where there is nothing; some writers leave the header out.
  const out = new Int32Array(count);
  if (count > 0) readDeltas(place, out);
  if (out.some((length) => length < 0)) throw new Error('a length is negative');
  return out;
}

function deltaLengths(place: Place, count: number): ByteValues {
  const sizes = lengths(place, count);
  const [starts, ends] = [new Uint32Array(count), new Uint32Array(count)];
  for (let index = 0; index < count; index++) {
    starts[index] = place.at;
    taken(place, sizes[index] as number);
    ends[index] = place.at;
  }
  return new ByteValues(place.bytes, starts, ends);
}

/** What unpacked values may take, bytes: a few bytes of a page stand for any number where they repeat what was before. */
const MAX_UNPACKED = 256 * 2 ** 20;

function deltaBytes(place: Place, count: number): ByteValues {
  const prefixes = lengths(place, count);
  const suffixes = deltaLengths(place, count);
  let size = 0;
  for (let index = 0; index < count; index++) size += (prefixes[index] as number) + suffixes.at(index).length;
  if (size > MAX_UNPACKED) throw new Error(`its texts unpack to ${size} bytes; the limit is ${MAX_UNPACKED}`);
  const bytes = new Uint8Array(size);
  const [starts, ends] = [new Uint32Array(count), new Uint32Array(count)];
  for (let index = 0, at = 0; index < count; index++) {
    const prefix = prefixes[index] as number;
    const before = index === 0 ? 0 : (starts[index - 1] as number);
    if (before + prefix > at) throw new Error('a text repeats more than the one before has');
    starts[index] = at;
    bytes.copyWithin(at, before, before + prefix);
    bytes.set(suffixes.at(index), at + prefix);
    at += prefix + suffixes.at(index).length;
    ends[index] = at;
  }
  return new ByteValues(bytes, starts, ends);
}

/** BYTE_STREAM_SPLIT: the first bytes of all values, then the second ones, and so on. */
function streams(place: Place, leaf: Leaf, count: number): Values {
  const width = widthOf(leaf);
  if (width <= 1 && leaf.physical !== 'FIXED_LEN_BYTE_ARRAY')
    throw new Error(`streams are no encoding of ${leaf.physical}`);
  const split = taken(place, count * width);
  const bytes = new Uint8Array(count * width);
  for (let byte = 0; byte < width; byte++) {
    const from = byte * count;
    for (let index = 0; index < count; index++) bytes[index * width + byte] = split[from + index] as number;
  }
  return typed(bytes, leaf, count);
}
