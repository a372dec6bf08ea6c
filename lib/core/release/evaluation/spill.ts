import { OnnwardError } from '../../errors.ts';
import type { EvaluationPlan } from './plan.ts';
import { HASH_WORDS } from './row-hash.ts';

/**
 * A spill is blocks one after another. A block: four 32-bit words (MAGIC, rows, bytes of JSON, bytes of columns), the JSON
 * (texts of slice columns that no block before it has), then the columns, whose order follows from the plan. Little-endian.
 */
const MAGIC = 0x31564e4f; // 'ONV1'
const HEAD_BYTES = 16;

type Numbers = Int32Array | Float64Array | Float32Array | Uint16Array | Uint32Array;
type NumbersType = {
  readonly BYTES_PER_ELEMENT: number;
  new (length: number): Numbers;
  new (buffer: ArrayBufferLike): Numbers;
};

interface Column {
  readonly name: string;
  readonly type: NumbersType;
  /** Elements a row. */
  readonly width: number;
}

/** Which columns the rows of a plan have, in their order in a block. */
export function columnsOf({ task, classes, champion, challenger, slices }: EvaluationPlan): readonly Column[] {
  const value: NumbersType = task === 'regression' ? Float64Array : Int32Array;
  const sides = { challenger, ...(champion && { champion }) };
  const predictions = Object.entries(sides).flatMap(
    ([
      side,
      {
        prediction: { kind },
      },
    ]) => {
      const scored = kind === 'scores' || kind === 'probability';
      const scores = { name: `${side}.probabilities`, type: Float32Array, width: classes.length };
      return [{ name: `${side}.predicted`, type: value, width: 1 }, ...(scored ? [scores] : [])];
    },
  );
  return [
    { name: 'truth', type: value, width: 1 },
    ...predictions,
    { name: 'hash', type: Uint32Array, width: HASH_WORDS },
    ...slices.map((name) => ({ name: `slice ${name}`, type: Uint16Array, width: 1 })),
  ];
}

/** Bytes of a row in memory and in a spill. */
export const rowBytes = (plan: EvaluationPlan): number =>
  columnsOf(plan).reduce((sum, { type, width }) => sum + type.BYTES_PER_ELEMENT * width, 0);

/** The columns of some rows, by name. */
export type Columns = Readonly<Record<string, Numbers>>;

/** Memory for so many rows. */
export const newColumns = (plan: EvaluationPlan, rows: number): Columns =>
  Object.fromEntries(columnsOf(plan).map(({ name, type: Type, width }) => [name, new Type(rows * width)]));

/** Some rows of a spill. */
export interface Block {
  readonly rows: number;
  readonly columns: Columns;
  /** By slice column, its texts that are new with this block. */
  readonly values: Readonly<Record<string, readonly string[]>>;
}

/** The first `rows` rows of the columns as bytes. */
export function encodeBlock(plan: EvaluationPlan, { rows, columns, values }: Block): Uint8Array {
  const json = Buffer.from(JSON.stringify(values));
  const parts = columnsOf(plan).map(({ name, width }) => {
    const { buffer, byteOffset, BYTES_PER_ELEMENT } = columns[name] as Numbers;
    return new Uint8Array(buffer, byteOffset, rows * width * BYTES_PER_ELEMENT);
  });
  const head = Buffer.alloc(HEAD_BYTES);
  const words = [MAGIC, rows, json.length, rows * rowBytes(plan)];
  for (const [index, word] of words.entries()) head.writeUInt32LE(word, index * 4);
  return Buffer.concat([head, json, ...parts]);
}

/** The blocks of a spill, one in memory at a time. Throws `store.corrupt` where it is none. */
export async function* decodeBlocks(
  plan: EvaluationPlan,
  key: string,
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<Block, void, undefined> {
  const bytes = new ByteQueue(chunks);
  for (let head = await bytes.take(HEAD_BYTES); head; head = await bytes.take(HEAD_BYTES)) {
    const [magic, rows = 0, jsonBytes = 0, columnBytes] = [0, 4, 8, 12].map((at) => head.readUInt32LE(at));
    if (magic !== MAGIC || columnBytes !== rows * rowBytes(plan) || jsonBytes > MOST_JSON) throw notASpill(key);
    const json = await bytes.take(jsonBytes);
    const data = await bytes.take(columnBytes);
    if (!json || !data) throw notASpill(key);
    yield { rows, columns: columnsIn(plan, rows, data), values: textsIn(key, json) };
  }
  if (bytes.left > 0) throw notASpill(key);
}

function textsIn(key: string, json: Buffer): Block['values'] {
  try {
    return JSON.parse(json.toString()) as Block['values'];
  } catch {
    throw notASpill(key);
  }
}

/** Of the texts of slices in a block: more are none of ours. */
const MOST_JSON = 2 ** 30;

function columnsIn(plan: EvaluationPlan, rows: number, data: Buffer): Columns {
  let at = 0;
  const read = columnsOf(plan).map(({ name, type: Type, width }): [string, Numbers] => {
    const bytes = rows * width * Type.BYTES_PER_ELEMENT;
    // A copy, as the memory of a chunk may begin anywhere.
    const own = new Uint8Array(data.subarray(at, (at += bytes)));
    return [name, new Type(own.buffer)];
  });
  return Object.fromEntries(read);
}

export const notASpill = (key: string): OnnwardError =>
  new OnnwardError(`${key} is not as it was written: rows of the evaluation are missing or were changed.`, {
    code: 'store.corrupt',
    kind: 'corrupt',
    fix: 'Begin the release anew.',
    fields: { key },
  });

/** Bytes that come in chunks, taken as many at a time as are wanted. */
class ByteQueue {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #kept: Uint8Array[] = [];
  left = 0;

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.#chunks = chunks[Symbol.asyncIterator]();
  }

  /** Undefined where fewer are left. */
  async take(size: number): Promise<Buffer | undefined> {
    if (size === 0) return Buffer.alloc(0);
    while (this.left < size) {
      const { value, done } = await this.#chunks.next();
      if (done) return undefined;
      this.#kept.push(value);
      this.left += value.length;
    }
    const [first, ...more] = this.#kept as [Uint8Array, ...Uint8Array[]];
    const all = more.length > 0 ? Buffer.concat(this.#kept) : Buffer.from(first.buffer, first.byteOffset, first.length);
    this.#kept = [all.subarray(size)];
    this.left -= size;
    return all.subarray(0, size);
  }
}
