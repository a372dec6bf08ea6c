import { invalid, type OnnwardError } from '../errors.ts';
import { DATATYPES, type TensorData } from './datatypes.ts';
import type { RecordedTensor } from './manifest.ts';
import { elementCount, type NamedTensor } from './tensor.ts';

/** The tensor as it stands in a document, exact to the bit: NaN payloads and 64-bit integers too. */
export function record(tensor: NamedTensor): RecordedTensor {
  const { name, datatype, data } = tensor;
  const shape = [...tensor.shape];
  if (Array.isArray(data)) return { name, datatype, shape, data: [...data] };
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  return { name, datatype, shape, raw: bytes.toString('base64') };
}

/** The inverse of {@link record}. Throws `manifest.tensor` where the data is not what datatype and shape need. */
export function recall(recorded: RecordedTensor): NamedTensor {
  const { name, datatype, shape } = recorded;
  return { name, datatype, shape, data: datatype === 'BYTES' ? recallText(recorded) : recallNumbers(recorded) };
}

function recallText(recorded: RecordedTensor): string[] {
  const count = elementCount(recorded.shape);
  if (recorded.data?.length !== count) {
    throw mismatch(recorded, `${count} texts in "data"`, `${recorded.data?.length ?? 'none'}`);
  }
  return [...recorded.data];
}

function recallNumbers(recorded: RecordedTensor): TensorData {
  const { array: Typed, size } = DATATYPES[recorded.datatype];
  const expected = elementCount(recorded.shape) * size;
  const bytes = Buffer.from(recorded.raw ?? '', 'base64');
  if (!Typed || bytes.length !== expected || bytes.toString('base64') !== (recorded.raw ?? '')) {
    throw mismatch(recorded, `base64 of ${expected} bytes in "raw"`, `${bytes.length}`);
  }
  // A copy of its own: small Buffers share one pool, at offsets that a typed array may not start from.
  return new Typed(new Uint8Array(bytes).buffer);
}

function mismatch({ name, datatype, shape }: RecordedTensor, expected: string, received: string): OnnwardError {
  return invalid(
    'manifest.tensor',
    `recorded tensor "${name}" is ${datatype} [${shape.join(', ')}] and needs ${expected}; it has ${received}`,
    { fields: { name, datatype, shape }, fix: 'Register the model again to record its golden cases anew.' },
  );
}
