/**
 * Thrift's compact protocol, as Parquet's footers and page headers are written, for bytes of anybody: nothing is set aside
 * that the bytes do not back, and what nobody asked for is stepped over without being kept.
 */

type ThriftValue = number | boolean | Uint8Array | ThriftStruct | readonly ThriftValue[];
/** Fields by their number. */
export interface ThriftStruct {
  readonly [field: number]: ThriftValue | undefined;
}

/** Which fields are kept; of a struct, or a list of them, which of its own. */
export interface Wanted {
  readonly [field: number]: true | Wanted;
}

/** The bytes end before the struct does. */
export class CutOff extends Error {}

const STOP = 0;
const TRUE = 1;
const FALSE = 2;
const BYTE = 3;
const I16 = 4;
const I32 = 5;
const I64 = 6;
const DOUBLE = 7;
const BINARY = 8;
const LIST = 9;
const SET = 10;
const STRUCT = 12;

/** Levels of structs and lists; Parquet needs 8. */
const MAX_DEPTH = 32;
/** Values of one footer, of which every kept one takes some 50 bytes. */
const MAX_VALUES = 4_000_000;
/** Bytes of a 64-bit integer. */
const MAX_VARINT = 10;

/** Reads one struct from `offset` on. Throws CutOff, and Error where it is no such struct. */
export function readStruct(
  bytes: Uint8Array,
  offset: number,
  wanted: Wanted,
): { readonly value: ThriftStruct; readonly end: number } {
  const cursor = new Cursor(bytes, offset);
  const value = cursor.struct(wanted, 0) as ThriftStruct;
  return { value, end: cursor.at };
}

class Cursor {
  at: number;
  readonly #bytes: Uint8Array;
  #values = 0;

  constructor(bytes: Uint8Array, offset: number) {
    this.#bytes = bytes;
    this.at = offset;
  }

  /** Undefined, and stepped over, where nothing of it is wanted. */
  struct(wanted: Wanted | undefined, depth: number): ThriftStruct | undefined {
    if (depth > MAX_DEPTH) throw new Error(`it is nested deeper than ${MAX_DEPTH} levels`);
    const value: Record<number, ThriftValue | undefined> | undefined = wanted && {};
    let field = 0;
    for (;;) {
      const head = this.#byte();
      const type = head & 0x0f;
      if (type === STOP) return value;
      const step = head >> 4;
      field = step === 0 ? this.#zigzag() : field + step;
      const read = this.#value(type, wanted?.[field], depth + 1);
      if (value && read !== undefined) value[field] = read;
    }
  }

  #value(type: number, wanted: true | Wanted | undefined, depth: number): ThriftValue | undefined {
    if (++this.#values > MAX_VALUES) throw new Error(`it has more than ${MAX_VALUES} values`);
    switch (type) {
      case TRUE:
      case FALSE:
        return type === TRUE;
      case BYTE:
        return this.#byte();
      case I16:
      case I32:
      case I64:
        return this.#zigzag();
      case DOUBLE:
        this.#take(8);
        return undefined;
      case BINARY: {
        const text = this.#take(this.#varint());
        return wanted ? text : undefined;
      }
      case LIST:
      case SET:
        return this.#list(wanted, depth);
      case STRUCT:
        return this.struct(wanted === true ? {} : wanted, depth);
      default:
        throw new Error(`type ${type} is unknown`);
    }
  }

  #list(wanted: true | Wanted | undefined, depth: number): readonly ThriftValue[] | undefined {
    if (depth > MAX_DEPTH) throw new Error(`it is nested deeper than ${MAX_DEPTH} levels`);
    const head = this.#byte();
    const type = head & 0x0f;
    const size = head >> 4 === 15 ? this.#varint() : head >> 4;
    const values: ThriftValue[] = [];
    for (let index = 0; index < size; index++) {
      // In a list a truth value is a byte of its own.
      const element = type === TRUE || type === FALSE ? BYTE : type;
      const value = this.#value(element, wanted, depth + 1);
      if (wanted) values.push(value as ThriftValue);
    }
    return wanted && values;
  }

  #byte(): number {
    if (this.at >= this.#bytes.length) throw new CutOff('it is cut off');
    return this.#bytes[this.at++] as number;
  }

  #take(length: number): Uint8Array {
    if (this.at + length > this.#bytes.length) throw new CutOff('it is cut off');
    this.at += length;
    return this.#bytes.subarray(this.at - length, this.at);
  }

  /** Beyond 2^53 only about so large: no count or offset of an honest file is. */
  #varint(): number {
    let value = 0;
    for (let index = 0; index < MAX_VARINT; index++) {
      const byte = this.#byte();
      value += (byte & 0x7f) * 2 ** (7 * index);
      if (byte < 0x80) return value;
    }
    throw new Error('an integer has more than 64 bits');
  }

  #zigzag(): number {
    const value = this.#varint();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }
}
