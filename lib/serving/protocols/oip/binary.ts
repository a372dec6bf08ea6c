import { isUtf8 } from 'node:buffer';
import { invalid, type OnnwardError } from '#core/errors.ts';
import { DATATYPES, type TensorData } from '#core/model/datatypes.ts';
import type { TensorSpec } from '#core/model/signature.ts';
import { elementCount, type Tensor } from '#core/model/tensor.ts';
import type { ModelPlan } from './plan.ts';
import type { InferenceRequest } from './request.ts';
import { checkText } from './texts.ts';

/** Bytes of the length before each BYTES element: uint32, little-endian. */
const PREFIX = 4;

/** Fills the slots of the inputs whose bytes stand in `bytes`, one behind the other in the order of the request. */
export function readBinaryInputs(bytes: Buffer, request: InferenceRequest, plan: ModelPlan): void {
  let offset = 0;
  for (const { slot, shape, size } of request.binary) {
    const spec = (plan.inputs[slot] as { spec: TensorSpec }).spec;
    if (size > bytes.length - offset) {
      const left = `${bytes.length - offset} are left behind the JSON`;
      throw invalid('binary.size', `input "${spec.name}": binary_data_size is ${size}, ${left}`);
    }
    const data = readBinary(bytes.subarray(offset, offset + size), spec, shape);
    request.inputs[slot] = { datatype: spec.datatype, shape, data };
    offset += size;
  }
  if (offset === bytes.length) return;
  throw invalid('binary.size', `the inputs account for ${offset} bytes behind the JSON, ${bytes.length} came`);
}

/** Elements from their raw form: little-endian, packed, row-major. A view of `bytes` where they are aligned. */
export function readBinary(bytes: Buffer, spec: TensorSpec, shape: readonly number[]): TensorData {
  const { array: Typed, size, family } = DATATYPES[spec.datatype];
  const count = elementCount(shape);
  if (!Typed) return readBinaryTexts(bytes, spec, count);
  if (bytes.length !== count * size) {
    const needs = `${spec.datatype} [${shape.join(', ')}] needs ${count * size}`;
    throw invalid('binary.size', `input "${spec.name}" has ${bytes.length} bytes, ${needs}`);
  }
  if (family === 'bool') checkTruths(bytes, spec);
  // Data behind a JSON header stands at any offset: one copy puts it right.
  const aligned = bytes.byteOffset % size === 0 ? bytes : Uint8Array.prototype.slice.call(bytes);
  return new Typed(aligned.buffer, aligned.byteOffset, count);
}

function checkTruths(bytes: Buffer, spec: TensorSpec): void {
  const index = bytes.findIndex((byte) => byte > 1);
  if (index < 0) return;
  throw invalid('input.element', `input "${spec.name}": element ${index} is ${bytes[index]}, BOOL takes 0 or 1`);
}

function readBinaryTexts(bytes: Buffer, spec: TensorSpec, count: number): string[] {
  const texts: string[] = [];
  let at = 0;
  while (at < bytes.length) {
    const start = at + PREFIX;
    const end = start <= bytes.length ? start + bytes.readUInt32LE(at) : Infinity;
    if (end > bytes.length) throw truncated(spec, texts.length);
    texts.push(binaryText(bytes.subarray(start, end), texts.length, spec));
    at = end;
  }
  if (texts.length === count) return texts;
  throw invalid('input.count', `input "${spec.name}": shape has ${count} elements, the bytes hold ${texts.length}`);
}

const truncated = (spec: TensorSpec, index: number): OnnwardError =>
  invalid('binary.size', `input "${spec.name}": element ${index} ends beyond the bytes of its tensor`);

/** One BYTES element. Throws `input.element` where it is not UTF-8, or holds a NUL. */
export function binaryText(bytes: Buffer, index: number, spec: TensorSpec): string {
  if (isUtf8(bytes)) return checkText(bytes.toString('utf8'), index, spec);
  throw invalid('input.element', `input "${spec.name}": element ${index} is not UTF-8, which BYTES takes`);
}

/** The raw form of a tensor; a view of its memory, but for BYTES. */
export function writeBinary({ data }: Tensor): Uint8Array {
  if (!Array.isArray(data)) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  const bytes = Buffer.allocUnsafe(data.reduce((sum, text) => sum + PREFIX + Buffer.byteLength(text), 0));
  let at = 0;
  for (const text of data) {
    const length = bytes.write(text, at + PREFIX);
    bytes.writeUInt32LE(length, at);
    at += PREFIX + length;
  }
  return bytes;
}
