import { OnnwardError } from '#core/errors.ts';
import { DATATYPES, type NumericData } from '#core/model/datatypes.ts';
import { preprocess } from '#core/model/preprocess.ts';
import type { InputReader, ObjectStore } from '#core/ports.ts';
import type { Problem } from '#core/scoring/elements.ts';
import type { Format, RowsRequest } from '#core/scoring/format.ts';
import { findObjects, type ListedRow, OBJECTS_HEADING } from '#core/scoring/object-list.ts';
import { type InputStore, RowBuffer } from '#core/scoring/row-buffer.ts';
import { MAX_ROW_BYTES, type RowEvent } from '#core/scoring/rows.ts';
import type { ShardPart } from '#core/scoring/shard.ts';
import { decodeImage } from './images.ts';
import { type ObjectsPart, readList, writeLists } from './object-list.ts';

/** Objects that are read while others are decoded. */
const AHEAD = 8;

/**
 * One object a row: a PNG or JPEG, which becomes the model's input as `preprocess` says, or (`.bin`, `.raw`) just the
 * little-endian bytes of a row of it. The lists of objects go into `store`. The only column is the object's key.
 */
export function objectsFormat(store: ObjectStore): Format {
  return {
    async survey({ reader, input }) {
      const { rows, passedOver } = await findObjects(reader, input.key);
      return { heading: OBJECTS_HEADING, rows, exact: true, passedOver };
    },
    cut: (source, options) => writeLists(store, source, options),
    async *rows({ reader }, request) {
      const part = objectsOf(request.part);
      yield* readRows(reader, await readList(store, part), part.from, request);
    },
    async count(_, part) {
      const { from, to } = objectsOf(part);
      return to - from;
    },
  };
}

async function* readRows(
  reader: InputReader,
  objects: readonly ListedRow[],
  first: number,
  request: RowsRequest,
): AsyncGenerator<RowEvent, void, undefined> {
  const { limit = Number.POSITIVE_INFINITY, layout, batchRows } = request;
  const buffer = new RowBuffer(layout, batchRows);
  const store = onlyInput(buffer);
  let good = 0;
  for await (const { object, row, read } of readAhead(reader, objects)) {
    const problem = 'code' in read ? read : storeObject(store, buffer.rows, { object, bytes: read, request });
    if (problem) {
      const { code, what } = problem;
      const message = `${object.key} ${what}.`;
      yield { bad: { row, position: first + row, bytes: new Uint8Array(), length: 0, code, message, key: object.key } };
      continue;
    }
    for (const texts of buffer.kept) texts[buffer.rows] = object.key;
    buffer.rows += 1;
    good += 1;
    if (buffer.rows === buffer.capacity) yield { batch: buffer.take() };
    if (good >= limit) break;
  }
  if (buffer.rows > 0) yield { batch: buffer.take() };
}

interface ReadObject {
  readonly object: ListedRow;
  /** From 0. */
  readonly row: number;
  readonly read: Uint8Array | Problem;
}

/** In order; the next ones are under way. What is under way when nobody asks any more is waited for. */
async function* readAhead(
  reader: InputReader,
  objects: readonly ListedRow[],
): AsyncGenerator<ReadObject, void, undefined> {
  const reading: Promise<ReadObject>[] = [];
  let next = 0;
  const begin = async (row: number): Promise<ReadObject> => {
    const object = objects[row] as ListedRow;
    return { object, row, read: await readObject(reader, object) };
  };
  try {
    for (;;) {
      for (; reading.length < AHEAD && next < objects.length; next++) {
        const read = begin(next);
        read.catch(() => undefined); // it is awaited in its turn, or at the end
        reading.push(read);
      }
      const read = reading.shift();
      if (!read) return;
      yield await read;
    }
  } finally {
    await Promise.allSettled(reading);
  }
}

async function readObject(reader: InputReader, { key, size, version }: ListedRow): Promise<Uint8Array | Problem> {
  if (size > MAX_ROW_BYTES) return { code: 'row.too_long', what: `has ${size} bytes; the limit is ${MAX_ROW_BYTES}` };
  if (size === 0) return new Uint8Array();
  try {
    return Buffer.concat(await Array.fromAsync(reader.read(key, { size, version }, 0, size)));
  } catch (error) {
    if (!(error instanceof OnnwardError) || !GONE.has(error.code)) throw error;
    return { code: 'row.changed', what: 'was replaced or removed since the batch was planned' };
  }
}

const GONE = new Set(['input.changed', 'input.not_found']);

interface ObjectRow {
  readonly object: ListedRow;
  readonly bytes: Uint8Array;
  readonly request: RowsRequest;
}

function storeObject(store: InputStore, row: number, { object, bytes, request }: ObjectRow): Problem | undefined {
  return /\.(bin|raw)$/i.test(object.key)
    ? storeRaw(store, row, bytes)
    : storePicture(store, row, { object, bytes, request });
}

function storeRaw({ input, elements, data }: InputStore, row: number, bytes: Uint8Array): Problem | undefined {
  const size = elements * DATATYPES[input.datatype].size;
  if (bytes.length !== size)
    return { code: 'row.bytes', what: `has ${bytes.length} bytes; input '${input.name}' takes ${size}` };
  if (input.datatype === 'BOOL' && bytes.some((truth) => truth > 1))
    return { code: 'row.range', what: 'has a byte that is neither 0 nor 1' };
  const { buffer, byteOffset } = data as NumericData;
  new Uint8Array(buffer, byteOffset + row * size, size).set(bytes);
  return undefined;
}

/** A step that does not go with the model is the job's mistake, and is thrown: no picture would do. */
function storePicture({ input, elements, data }: InputStore, row: number, { object, bytes, request }: ObjectRow) {
  const image = decoded(object, bytes);
  if ('code' in image) return image;
  const signature = { inputs: [input], outputs: [], unserved: [] };
  const tensor = preprocess(image, { signature, preprocess: request.preprocess });
  (data as NumericData).set(tensor.data as never, row * elements);
  return undefined;
}

function decoded({ key }: ListedRow, bytes: Uint8Array) {
  try {
    return decodeImage(bytes, key);
  } catch (error) {
    if (!(error instanceof OnnwardError)) throw error;
    return { code: 'row.image', what: error.message.slice(key.length + 1) };
  }
}

function onlyInput({ inputs }: RowBuffer): InputStore {
  const [only, ...more] = inputs;
  if (only && more.length === 0) return only;
  throw new RangeError('objects are for a model with one input');
}

function objectsOf(part: ShardPart): ObjectsPart {
  if (part.kind === 'objects') return part;
  throw new RangeError(`a part of objects is of objects, not ${part.kind}`);
}
