import { invalid } from '#core/errors.ts';
import { elementCount, type Tensor } from '#core/model/tensor.ts';
import type { TensorSpec } from '#core/model/signature.ts';
import { DATATYPES } from '#core/model/datatypes.ts';
import { binaryText, readBinary, readBinaryInputs } from './binary.ts';
import type { ModelPlan } from './plan.ts';
import { emptyRequest, readRequest, type InferenceRequest } from './request.ts';
import { Scanner } from './scanner.ts';

/** Of the binary tensor extension: the bytes of JSON at the start of the body. Absent: all of it. */
export const JSON_LENGTH_HEADER = 'inference-header-content-length';

/** Reads a whole body: JSON, JSON with raw tensors behind it, or (a JSON length of 0) one raw tensor alone. */
export function readBody(body: Uint8Array, jsonLength: string | undefined, plan: ModelPlan): InferenceRequest {
  const bytes = Buffer.isBuffer(body) ? body : Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  if (jsonLength === undefined) {
    const request = readRequest(new Scanner(bytes), plan);
    if (request.binary.length > 0) {
      throw invalid('binary.header', `inputs have a "binary_data_size", but there is no header ${JSON_LENGTH_HEADER}`);
    }
    return request;
  }
  const length = parseLength(jsonLength, bytes.length);
  if (length === 0) return readRaw(bytes, plan);
  const request = readRequest(new Scanner(bytes.subarray(0, length)), plan);
  readBinaryInputs(bytes.subarray(length), request, plan);
  return request;
}

function parseLength(text: string, limit: number): number {
  const length = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
  if (length <= limit) return length;
  throw invalid(
    'binary.header',
    `header ${JSON_LENGTH_HEADER} is "${text.slice(0, 40)}", expected a number from 0 to ${limit}`,
  );
}

/** A body that is the one input's bytes and nothing else; every output is answered in binary. */
function readRaw(bytes: Buffer, plan: ModelPlan): InferenceRequest {
  const { inputs } = plan;
  if (inputs.length !== 1) {
    throw invalid('binary.raw', `a raw body needs a model of one input, this one has ${inputs.length}`);
  }
  const { spec } = inputs[0] as { spec: TensorSpec };
  const request = emptyRequest();
  request.inputs[0] = rawTensor(bytes, spec);
  request.parameters = new Map([['binary_data_output', true]]);
  return request;
}

function rawTensor(bytes: Buffer, spec: TensorSpec): Tensor {
  const { datatype } = spec;
  const shape = rawShape(bytes.length, spec);
  const data = datatype === 'BYTES' ? [binaryText(bytes, 0, spec)] : readBinary(bytes, spec, shape);
  return { datatype, shape, data };
}

/**
 * The shape that follows from a size in bytes: one dimension may vary; of several, a varying first one is a batch and
 * is 1. BYTES is one element, as its body has no lengths.
 */
function rawShape(size: number, spec: TensorSpec): number[] {
  const shape = [...spec.shape];
  const open = shape.flatMap((dimension, axis) => (dimension === -1 ? [axis] : []));
  if (spec.datatype === 'BYTES') {
    const ones = shape.map((dimension) => Math.abs(dimension));
    if (elementCount(ones) === 1) return ones;
  } else {
    if (open.length > 1 && open[0] === 0) shape[open.shift() as number] = 1;
    const [axis] = open;
    if (axis === undefined) return shape;
    if (open.length === 1) {
      shape[axis] = 1;
      const dimension = size / (elementCount(shape) * DATATYPES[spec.datatype].size);
      shape[axis] = Number.isInteger(dimension) ? dimension : Math.ceil(dimension);
      return shape;
    }
  }
  const rule = 'the shape must follow from the size';
  throw invalid('binary.raw', `input "${spec.name}" [${spec.shape.join(', ')}] cannot be sent raw: ${rule}`);
}
