import type { Datatype, TensorData } from '../../model/datatypes.ts';
import { writeInteger } from '../../model/decimal-digits.ts';
import { halfToNumber } from '../../model/halves.ts';
import { writeSingle } from '../../model/singles.ts';

import type { PartBytes } from './part-bytes.ts';
import { writeCsvText, writeJsonString } from './text-cells.ts';

const COMMA = 0x2c;
const TRUE = Buffer.from('true');
const FALSE = Buffer.from('false');
const NULL = Buffer.from('null');
/** More than any number takes, with its comma. */
const WIDEST = 32;
/** Elements for which room is made at once. */
const STRIDE = 4096;

/** Writes the elements [from, to) of a tensor, comma between. */
export type RunWriter = (out: PartBytes, data: TensorData, from: number, to: number) => void;

/** Writes one number into room that is there; gives the place behind it. */
type NumberWriter<Data> = (data: Data, index: number, bytes: Buffer, at: number) => number;

/**
 * How elements are written: floats as the shortest decimal that reads back as the same, as answers over HTTP have them;
 * what is not finite as `null` in JSON, as nothing in CSV; 64-bit integers in full.
 */
export function runWriter(datatype: Datatype, format: 'jsonl' | 'csv'): RunWriter {
  const missing = format === 'jsonl' ? NULL : Buffer.alloc(0);
  switch (datatype) {
    case 'BYTES':
      return texts(format === 'jsonl' ? writeJsonString : writeCsvText);
    case 'FP32':
      return singles(missing);
    case 'FP16':
      return numbers<Uint16Array>((data, index, bytes, at) => {
        const value = halfToNumber(data[index] as number);
        return Number.isFinite(value) ? writeSingle(value, bytes, at) : at + missing.copy(bytes, at);
      });
    case 'FP64':
      return numbers<Float64Array>((data, index, bytes, at) => {
        const value = data[index] as number;
        return Number.isFinite(value)
          ? at + bytes.write(doubleText(value), at, 'latin1')
          : at + missing.copy(bytes, at);
      });
    case 'BOOL':
      return numbers<Uint8Array>((data, index, bytes, at) => at + (data[index] === 0 ? FALSE : TRUE).copy(bytes, at));
    case 'INT64':
    case 'UINT64':
      return longs(datatype === 'INT64');
    default:
      return numbers<Int32Array>((data, index, bytes, at) => writeInteger(data[index] as number, bytes, at));
  }
}

/** The sign of zero, too, lives through a reader. */
const doubleText = (value: number): string => (Object.is(value, -0) ? '-0.0' : String(value));

function numbers<Data>(write: NumberWriter<Data>): RunWriter {
  return (out, data, from, to) => {
    for (let index = from; index < to; index++) {
      out.reserve(WIDEST);
      if (index > from) out.bytes[out.at++] = COMMA;
      out.at = write(data as Data, index, out.bytes, out.at);
    }
  };
}

/** The same for what most models give, without a call for each element. */
function singles(missing: Buffer): RunWriter {
  return (out, data, from, to) => {
    for (let start = from; start < to; start += STRIDE) {
      const end = Math.min(to, start + STRIDE);
      out.reserve((end - start) * WIDEST);
      const { bytes } = out;
      let { at } = out;
      for (let index = start; index < end; index++) {
        if (index > from) bytes[at++] = COMMA;
        const value = (data as Float32Array)[index] as number;
        at = value - value === 0 ? writeSingle(value, bytes, at) : at + missing.copy(bytes, at);
      }
      out.at = at;
    }
  };
}

/** As two words of 32 bits (every Node is little-endian): a big integer is made only of what no number holds. */
function longs(signed: boolean): RunWriter {
  let whole: TensorData | undefined;
  let words: Int32Array = new Int32Array();
  return (out, data, from, to) => {
    const longData = data as BigInt64Array | BigUint64Array;
    if (whole !== data) {
      words = new Int32Array(longData.buffer, longData.byteOffset, longData.length * 2);
      whole = data;
    }
    for (let index = from; index < to; index++) {
      out.reserve(WIDEST);
      if (index > from) out.bytes[out.at++] = COMMA;
      const high = words[2 * index + 1] as number;
      const value = (signed ? high : high >>> 0) * 2 ** 32 + ((words[2 * index] as number) >>> 0);
      if (Number.isSafeInteger(value)) out.at = writeInteger(value, out.bytes, out.at);
      else out.at += out.bytes.write(String(longData[index]), out.at, 'latin1');
    }
  };
}

function texts(write: (out: PartBytes, text: string) => void): RunWriter {
  return (out, data, from, to) => {
    for (let index = from; index < to; index++) {
      if (index > from) out.byte(COMMA);
      write(out, (data as string[])[index] as string);
    }
  };
}
