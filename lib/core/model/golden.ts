import { invalid, OnnwardError } from '../errors.ts';
import type { GoldenCase } from '../ports.ts';
import { allocate, type Datatype, DATATYPES, type TensorData } from './datatypes.ts';
import { numberToHalf } from './halves.ts';
import type { Manifest, RecordedTensor } from './manifest.ts';
import { recall, record } from './recorded.ts';
import { shapeMatches, type Signature, type TensorSpec } from './signature.ts';
import { elementCount, type Tensor, typeOf } from './tensor.ts';

/** Bytes of all recorded tensors together, before base64: a manifest is read whole at every start. */
export const MAX_GOLDEN_BYTES = 8 * 2 ** 20;

const MAX_ELEMENTS = 2 ** 26;

type Golden = NonNullable<Manifest['golden']>;

/**
 * Inputs for a model of which no real ones are known, the same at every call: a varying dimension is 1, floats are in
 * [0, 1), integers and BOOL are 0 or 1, text is "a". Throws `golden.too_large` beyond 2^26 elements.
 */
export function syntheticInputs(signature: Signature): Tensor[] {
  const random = generator();
  return signature.inputs.map(({ name, datatype, shape: declared }) => {
    const shape = declared.map((dimension) => (dimension === -1 ? 1 : dimension));
    if (elementCount(shape) > MAX_ELEMENTS) throw tooLarge(`input "${name}" has ${elementCount(shape)} elements`);
    return { datatype, shape, data: fill(datatype, elementCount(shape), random) };
  });
}

/** As the manifest holds them. Throws `golden.too_large`. */
export function encodeGolden(cases: readonly GoldenCase[], signature: Signature): Golden {
  const bytes = cases.flatMap(({ inputs, outputs }) => [...inputs, ...outputs]).reduce((sum, t) => sum + sizeOf(t), 0);
  if (bytes > MAX_GOLDEN_BYTES) throw tooLarge(`golden cases have ${bytes} bytes, more than ${MAX_GOLDEN_BYTES}`);
  return cases.map(({ inputs, outputs }) => ({
    inputs: named(signature.inputs, inputs),
    outputs: named(signature.outputs, outputs),
  }));
}

const named = (specs: readonly TensorSpec[], tensors: readonly Tensor[]): RecordedTensor[] =>
  specs.map(({ name }, index) => record({ name, ...(tensors[index] as Tensor) }));

/** In the order of the signature. Throws `manifest.golden` where a case does not fit it, `manifest.tensor`. */
export function decodeGolden(golden: Golden | undefined, signature: Signature): GoldenCase[] {
  return (golden ?? []).map(({ inputs, outputs }, index) => ({
    inputs: inOrder(inputs, signature.inputs, `golden[${index}].inputs`),
    outputs: inOrder(outputs, signature.outputs, `golden[${index}].outputs`),
  }));
}

function inOrder(recorded: readonly RecordedTensor[], specs: readonly TensorSpec[], path: string): Tensor[] {
  const byName = new Map(recorded.map((tensor) => [tensor.name, tensor]));
  const stray = recorded.find(({ name }) => !specs.some((spec) => spec.name === name));
  if (stray) throw misfit(path, `"${stray.name}" is not in the signature`);
  return specs.map((spec) => {
    const tensor = byName.get(spec.name);
    if (!tensor) throw misfit(path, `"${spec.name}" is missing`);
    if (tensor.datatype !== spec.datatype || !shapeMatches(spec.shape, tensor.shape)) {
      throw misfit(path, `"${spec.name}" is ${typeOf(tensor)}, the signature says ${typeOf(spec)}`);
    }
    const { datatype, shape, data } = recall(tensor);
    return { datatype, shape, data };
  });
}

function fill(datatype: Datatype, length: number, random: () => number): TensorData {
  const data = allocate(datatype, length);
  const value = valueMaker(datatype, random);
  for (let index = 0; index < length; index++) data[index] = value() as never;
  return data;
}

function valueMaker(datatype: Datatype, random: () => number): () => number | bigint | string {
  const { family } = DATATYPES[datatype];
  if (family === 'text') return () => 'a';
  if (family === 'float') return datatype === 'FP16' ? () => numberToHalf(random()) : random;
  const bit = () => Math.round(random());
  return family === 'bigint' ? () => BigInt(bit()) : bit;
}

/** Numbers in [0, 1), always the same: a linear congruential generator (Numerical Recipes' constants), its upper bits. */
function generator(): () => number {
  let state = 1;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return (state >>> 8) / 2 ** 24;
  };
}

const sizeOf = ({ data }: Tensor): number =>
  Array.isArray(data) ? data.reduce((sum, text) => sum + Buffer.byteLength(text), 0) : data.byteLength;

const misfit = (path: string, problem: string): OnnwardError =>
  invalid('manifest.golden', `manifest at ${path}: ${problem}`, { fields: { path } });

const tooLarge = (message: string): OnnwardError =>
  new OnnwardError(message, {
    code: 'golden.too_large',
    kind: 'too-large',
    fields: { limit: MAX_GOLDEN_BYTES },
    fix: 'Give fewer or smaller golden inputs.',
  });
