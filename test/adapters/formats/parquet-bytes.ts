/** Parquet files by hand, so that they can say what no writer would. */

/** Fields of a thrift struct by number: whole numbers, texts, lists of structs or texts, structs. */
export interface Struct {
  readonly [field: number]:
    | number
    | boolean
    | string
    | Uint8Array
    | Struct
    | readonly (Struct | string | number)[]
    | undefined;
}

const BINARY = 8;
const I64 = 6;
const LIST = 9;
const STRUCT = 12;

export const thrift = (struct: Struct): Buffer => {
  let last = 0;
  const fields = Object.entries(struct).flatMap(([field, value]) => {
    if (value === undefined) return [];
    const step = Number(field) - last;
    last = Number(field);
    return [Buffer.from([(step << 4) | typeOf(value)]), typeof value === 'boolean' ? Buffer.alloc(0) : element(value)];
  });
  return Buffer.concat([...fields, Buffer.from([0])]);
};

type Value = NonNullable<Struct[number]>;

function typeOf(value: Value): number {
  if (typeof value === 'boolean') return value ? 1 : 2;
  if (typeof value === 'number') return I64;
  if (typeof value === 'string' || value instanceof Uint8Array) return BINARY;
  return Array.isArray(value) ? LIST : STRUCT;
}

function element(value: Value): Buffer {
  if (typeof value === 'number') return varint(value < 0 ? -2n * BigInt(value) - 1n : 2n * BigInt(value));
  if (typeof value === 'string') return element(Buffer.from(value));
  if (value instanceof Uint8Array) return Buffer.concat([varint(BigInt(value.length)), value]);
  if (!Array.isArray(value)) return thrift(value as Struct);
  const type = value.length === 0 ? STRUCT : typeOf(value[0] as Value);
  return Buffer.concat([
    Buffer.from([0xf0 | type]),
    varint(BigInt(value.length)),
    ...value.map((each) => element(each as Value)),
  ]);
}

export function varint(value: bigint): Buffer {
  const bytes: number[] = [];
  for (; value >= 0x80n; value >>= 7n) bytes.push(Number(value & 0x7fn) | 0x80);
  return Buffer.from([...bytes, Number(value)]);
}

/** One column `x`, REQUIRED FLOAT where nothing else is said, in one row group with the pages that are given. */
export interface HandMade {
  readonly pages: Uint8Array;
  readonly rows: number;
  readonly element?: Struct;
  /** Over what is so. */
  readonly meta?: Struct;
  readonly chunk?: Struct;
  readonly group?: Struct;
  readonly footer?: Struct;
}

export const FLOAT = 4;

export function handMade({ pages, rows, element, meta, chunk, group, footer }: HandMade): Buffer {
  const column = { 1: FLOAT, 3: 0, 4: 'x', ...element };
  const about = { 1: column[1], 3: ['x'], 4: 0, 5: rows, 6: pages.length, 7: pages.length, 9: 4, ...meta };
  const groups = [{ 1: [{ 2: 4, 3: about, ...chunk }], 2: pages.length, 3: rows, ...group }];
  return framed(pages, thrift({ 1: 2, 2: [{ 4: 'root', 5: 1 }, column], 3: rows, 4: groups, ...footer }));
}

export function framed(pages: Uint8Array, footer: Uint8Array, size = footer.length): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32LE(size >>> 0);
  return Buffer.concat([Buffer.from('PAR1'), pages, footer, length, Buffer.from('PAR1')]);
}

/** A data page of version 1; `header` is laid over what is so. */
export function page(values: Uint8Array, entries: number, header: Struct = {}, data: Struct = {}): Buffer {
  const said = { 1: 0, 2: values.length, 3: values.length, 5: { 1: entries, 2: 0, 3: 3, 4: 3, ...data }, ...header };
  return Buffer.concat([thrift(said), values]);
}

export const floats = (...values: number[]): Uint8Array => new Uint8Array(Float32Array.from(values).buffer);
