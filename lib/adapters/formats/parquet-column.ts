import type { SchemaElement } from 'hyparquet';
import { DATATYPES, type Datatype, type NumericData, type TensorData } from '#core/model/datatypes.ts';
import { halfToNumber } from '#core/model/halves.ts';
import { Levels } from './parquet-levels.ts';

/** What a column of a row group holds, ready to be written: one page in the encoding PLAIN. */
export interface PageContent {
  /** Entries of the levels: values, and one for each list without any. */
  readonly entries: number;
  /** Levels, where there are any, then values. */
  readonly bytes: Uint8Array;
}

const FIRST_BYTES = 64 * 1024;

/** One column of a file: the bytes of its values since the last page, as Parquet has them, little-endian one after another. */
export class ParquetColumn {
  readonly name: string;
  readonly type: NonNullable<SchemaElement['type']>;
  readonly #datatype: Datatype;
  readonly #logical: Omit<SchemaElement, 'name'>;
  /** Undefined where a row is one value. */
  readonly #levels: Levels | undefined;
  #bytes = Buffer.allocUnsafeSlow(FIRST_BYTES);
  #size = 0;
  #values = 0;

  constructor(name: string, datatype: Datatype, isList: boolean) {
    this.name = name;
    this.#datatype = datatype;
    this.#logical = TYPES[datatype];
    this.type = this.#logical.type as NonNullable<SchemaElement['type']>;
    this.#levels = isList ? new Levels() : undefined;
  }

  /** Bytes that are held for the next page. */
  get size(): number {
    return this.#size;
  }

  /** From the root of the schema to the values. */
  get path(): string[] {
    return this.#levels ? [this.name, 'list', 'element'] : [this.name];
  }

  get schema(): SchemaElement[] {
    const { name } = this;
    if (!this.#levels) return [{ name, ...this.#logical, repetition_type: 'REQUIRED' }];
    return [
      { name, repetition_type: 'REQUIRED', num_children: 1, ...LIST },
      { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
      { name: 'element', ...this.#logical, repetition_type: 'REQUIRED' },
    ];
  }

  /** The first `rows` rows of `elements` values each. */
  append(data: TensorData | readonly string[], rows: number, elements: number): void {
    const count = rows * elements;
    this.#levels?.append(rows, elements);
    if (Array.isArray(data)) this.#appendTexts(data, count);
    else if (this.#datatype === 'BOOL') this.#appendBits(data as Uint8Array, count);
    else this.#appendBytes(physical(this.#datatype, (data as NumericData).subarray(0, count)));
    this.#values += count;
  }

  /** All since the last page. */
  take(): PageContent {
    const values = this.#bytes.subarray(0, this.#datatype === 'BOOL' ? Math.ceil(this.#values / 8) : this.#size);
    const content = this.#levels
      ? { entries: this.#levels.entries, bytes: Buffer.concat([...this.#levels.take(), values]) }
      : { entries: this.#values, bytes: Buffer.from(values) };
    this.#size = 0;
    this.#values = 0;
    return content;
  }

  #appendBytes({ buffer, byteOffset, byteLength }: NumericData): void {
    this.#reserve(byteLength);
    this.#bytes.set(new Uint8Array(buffer, byteOffset, byteLength), this.#size);
    this.#size += byteLength;
  }

  #appendTexts(texts: readonly string[], count: number): void {
    for (let index = 0; index < count; index++) {
      const text = texts[index] as string;
      // A UTF-16 unit is three bytes of UTF-8 at most.
      this.#reserve(4 + 3 * text.length);
      const length = this.#bytes.write(text, this.#size + 4, 'utf8');
      this.#bytes.writeUInt32LE(length, this.#size);
      this.#size += 4 + length;
    }
  }

  /** The lowest bit first. */
  #appendBits(truths: Uint8Array, count: number): void {
    for (let index = 0; index < count; index++) {
      const at = this.#values + index;
      if (at % 8 === 0) {
        this.#reserve(1);
        this.#bytes[this.#size++] = 0;
      }
      if (truths[index]) this.#bytes[at >> 3] = (this.#bytes[at >> 3] as number) | (1 << (at & 7));
    }
  }

  #reserve(more: number): void {
    if (this.#size + more <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(2 * this.#bytes.length, this.#size + more));
    this.#bytes.copy(larger, 0, 0, this.#size);
    this.#bytes = larger;
  }
}

/** The values in the width that Parquet stores: small integers as 32 bits, halves as floats, which hold them exactly. */
function physical(datatype: Datatype, data: NumericData): NumericData {
  if (datatype === 'FP16') return Float32Array.from(data as Uint16Array, halfToNumber);
  const { family, size } = DATATYPES[datatype];
  return family === 'integer' && size < 4 ? Int32Array.from(data as Int8Array) : data;
}

const LIST = { converted_type: 'LIST', logical_type: { type: 'LIST' } } as const;

const integer = (type: 'INT32' | 'INT64', converted_type: `${'U' | ''}INT_${8 | 16 | 32 | 64}`) =>
  ({ type, converted_type }) as const;

/** Source: LogicalTypes.md of the Parquet format. */
const TYPES: Readonly<Record<Datatype, Omit<SchemaElement, 'name'>>> = {
  BOOL: { type: 'BOOLEAN' },
  UINT8: integer('INT32', 'UINT_8'),
  UINT16: integer('INT32', 'UINT_16'),
  UINT32: integer('INT32', 'UINT_32'),
  UINT64: integer('INT64', 'UINT_64'),
  INT8: integer('INT32', 'INT_8'),
  INT16: integer('INT32', 'INT_16'),
  INT32: { type: 'INT32' },
  INT64: { type: 'INT64' },
  FP16: { type: 'FLOAT' },
  FP32: { type: 'FLOAT' },
  FP64: { type: 'DOUBLE' },
  BYTES: { type: 'BYTE_ARRAY', converted_type: 'UTF8', logical_type: { type: 'STRING' } },
};
