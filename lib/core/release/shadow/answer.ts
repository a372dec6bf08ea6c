import { DATATYPE_NAMES, DATATYPES, type Datatype } from '../../model/datatypes.ts';
import type { Signature } from '../../model/signature.ts';
import { elementCount, type Tensor } from '../../model/tensor.ts';

/** Of an answer that is read: more is not what a request brings. */
const MOST_CHARACTERS = 64 * 2 ** 20;
const MOST_ELEMENTS = 2 ** 22;
const MOST_DEPTH = 16;

/**
 * The outputs of an inference answer (JSON of the Open Inference Protocol), in the order of the signature; undefined for one
 * that is not there, or is not as the signature and its own shape say. Numbers of every datatype come as FP64: null is
 * NaN. Never throws.
 */
export function answeredOutputs(body: string, { outputs }: Signature): (Tensor | undefined)[] {
  const given = outputsIn(body);
  return outputs.map(({ name, datatype }) => tensorOf(given.get(name), datatype));
}

function outputsIn(body: string): Map<unknown, Record<string, unknown>> {
  const none = new Map<unknown, Record<string, unknown>>();
  if (body.length > MOST_CHARACTERS) return none;
  try {
    const { outputs } = JSON.parse(body) as { outputs?: unknown };
    if (!Array.isArray(outputs)) return none;
    const objects = outputs.filter((output): output is Record<string, unknown> => isObject(output));
    return new Map(objects.map((output) => [output['name'], output]));
  } catch {
    return none;
  }
}

const isObject = (value: unknown): boolean => typeof value === 'object' && value !== null;

function tensorOf(output: Record<string, unknown> | undefined, declared: Datatype): Tensor | undefined {
  if (!output) return undefined;
  const { datatype, shape, data } = output;
  if (!isDatatype(datatype) || !isShape(shape) || !Array.isArray(data)) return undefined;
  // As another datatype it may still be the same numbers; text is not.
  if ((datatype === 'BYTES') !== (declared === 'BYTES')) return undefined;
  const elements: unknown[] = [];
  if (!flatten(data, elements, 0) || elements.length !== elementCount(shape)) return undefined;
  return datatype === 'BYTES' ? textTensor(shape, elements) : numberTensor(datatype, shape, elements);
}

const isDatatype = (value: unknown): value is Datatype => (DATATYPE_NAMES as readonly unknown[]).includes(value);

const isShape = (value: unknown): value is number[] =>
  Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0);

/** Elements may be nested as the shape says, or flat, or in between. */
function flatten(list: readonly unknown[], into: unknown[], depth: number): boolean {
  if (depth === MOST_DEPTH) return false;
  for (const item of list) {
    if (Array.isArray(item)) {
      if (!flatten(item, into, depth + 1)) return false;
    } else if (into.push(item) > MOST_ELEMENTS) return false;
  }
  return true;
}

const textTensor = (shape: number[], elements: readonly unknown[]): Tensor | undefined =>
  elements.every((element) => typeof element === 'string')
    ? { datatype: 'BYTES', shape, data: elements as string[] }
    : undefined;

function numberTensor(datatype: Datatype, shape: number[], elements: readonly unknown[]): Tensor | undefined {
  const isFloat = DATATYPES[datatype].family === 'float';
  const data = new Float64Array(elements.length);
  for (const [index, element] of elements.entries()) {
    if (typeof element === 'number') data[index] = element;
    else if (typeof element === 'boolean') data[index] = element ? 1 : 0;
    else if (element === null && isFloat) data[index] = Number.NaN;
    else return undefined;
  }
  return { datatype: 'FP64', shape, data };
}
