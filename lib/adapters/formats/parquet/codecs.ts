import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from 'node:zlib';
import { hadoopLz4, lz4 } from './lz4.ts';
import { refusal } from './refusal.ts';
import { snappy } from './snappy.ts';

/** Unpacks to `size` bytes, and never to more. Throws Error. */
type Codec = (bytes: Uint8Array, size: number) => Uint8Array;

/** By their numbers in parquet.thrift, `CompressionCodec`. */
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
  const unpacked = size === 0 ? new Uint8Array() : unpackWith(bytes, size);
  if (unpacked.length !== size) throw new Error(`it unpacks to ${unpacked.length} bytes and should have ${size}`);
  return unpacked;
}
