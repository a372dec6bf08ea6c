import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from 'node:zlib';
import { decompressSnappy } from 'hyparquet-compressors';
import { refusal } from './refusal.ts';

/** Unpacks to just `size` bytes. Throws Error where there are more or fewer. */
type Codec = (bytes: Uint8Array, size: number) => Uint8Array;

/** By their numbers in parquet.thrift, `CompressionCodec`. What Node has itself is several times faster than JavaScript. */
const CODECS: Readonly<Record<number, Codec>> = {
  0: (bytes) => bytes,
  1: snappy,
  2: (bytes, size) => gunzipSync(bytes, { maxOutputLength: size }),
  4: (bytes, size) => brotliDecompressSync(bytes, { maxOutputLength: size }),
  5: hadoopLz4,
  6: (bytes, size) => zstdDecompressSync(bytes, { maxOutputLength: size }),
  7: lz4,
};

/** `bytes` of a page, unpacked; nothing is set aside for more than `size`. Throws Error, and `input.parquet` for LZO. */
export function unpack(codec: number, bytes: Uint8Array, size: number): Uint8Array {
  const unpackWith = CODECS[codec];
  if (!unpackWith)
    throw refusal(`is compressed by a codec that is not read (${codec})`, 'Write it with Snappy or ZSTD.');
  const unpacked = size === 0 && bytes.length === 0 ? bytes : unpackWith(bytes, size);
  if (unpacked.length !== size) throw new Error(`it unpacks to ${unpacked.length} bytes and should have ${size}`);
  return unpacked;
}

/** The decoder trusts what is asked for: that must be what the bytes themselves say. */
function snappy(bytes: Uint8Array, size: number): Uint8Array {
  let said = 0;
  for (let index = 0; index < 5; index++) {
    const byte = bytes[index] ?? 0;
    said += (byte & 0x7f) * 2 ** (7 * index);
    if (byte < 0x80) break;
  }
  if (said !== size) throw new Error(`it unpacks to ${said} bytes and should have ${size}`);
  return decompressSnappy(bytes, size);
}

/** Hadoop writes LZ4 as pieces, each behind its two sizes (big-endian); others wrote one bare block by the same number. */
function hadoopLz4(bytes: Uint8Array, size: number): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const output = new Uint8Array(size);
  let at = 0;
  let filled = 0;
  while (at + 8 <= bytes.length) {
    const [unpacked, packed] = [view.getUint32(at), view.getUint32(at + 4)];
    if (filled + unpacked > size || at + 8 + packed > bytes.length) return lz4(bytes, size);
    output.set(lz4(bytes.subarray(at + 8, at + 8 + packed), unpacked), filled);
    filled += unpacked;
    at += 8 + packed;
  }
  return at === bytes.length && filled === size ? output : lz4(bytes, size);
}

/** One block. Source: the LZ4 block format description. */
function lz4(bytes: Uint8Array, size: number): Uint8Array {
  const output = new Uint8Array(size);
  let at = 0;
  let filled = 0;
  const lengthFrom = (nibble: number): number => {
    let length = nibble;
    for (let byte = nibble === 15 ? 255 : 0; byte === 255; length += byte) byte = bytes[at++] ?? 0;
    return length;
  };
  while (at < bytes.length) {
    const token = bytes[at++] as number;
    const literals = lengthFrom(token >> 4);
    if (at + literals > bytes.length || filled + literals > size) throw new Error('its literals lead out of it');
    output.set(bytes.subarray(at, at + literals), filled);
    at += literals;
    filled += literals;
    if (at >= bytes.length) break;
    const offset = (bytes[at] as number) | ((bytes[at + 1] ?? 0) << 8);
    at += 2;
    const length = lengthFrom(token & 15) + 4;
    if (offset === 0 || offset > filled || filled + length > size) throw new Error('its copies lead out of it');
    if (offset >= length) output.copyWithin(filled, filled - offset, filled - offset + length);
    else
      for (let index = 0; index < length; index++) output[filled + index] = output[filled - offset + index] as number;
    filled += length;
  }
  return output.subarray(0, filled);
}
