import { invalid } from '../errors.ts';
import type { Signature, TensorSpec } from './signature.ts';

/** An input as the Open Inference Protocol writes it in JSON; `data` is nested as it came. */
interface PlainInput {
  readonly name: string;
  readonly datatype: string;
  readonly shape: readonly number[];
  readonly data: unknown;
}

/**
 * The inputs of an Open Inference Protocol request from values written plainly: `{input: values}`, or just the values
 * where the model has one input. The shape is that of the nesting; one row may stand without its brackets.
 * Throws `plain.inputs` where names differ from the signature's; the values are the protocol's to check.
 */
export function plainInputs(signature: Signature, value: unknown): PlainInput[] {
  const named = byName(signature, value);
  const unknown = Object.keys(named).find((name) => signature.inputs.every((input) => input.name !== name));
  const missing = signature.inputs.find(({ name }) => !Object.hasOwn(named, name));
  if (unknown === undefined && !missing) return signature.inputs.map((input) => plainInput(input, named[input.name]));
  const what = missing ? `There is no value for input '${missing.name}'` : `The model has no input '${unknown}'`;
  const names = signature.inputs.map(({ name }) => `'${name}'`).join(', ');
  throw invalid('plain.inputs', `${what}; its inputs are ${names}.`, {
    fix: 'Name each input once: {"input": values, …}.',
  });
}

function byName({ inputs }: Signature, value: unknown): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
  return inputs.length === 1 ? { [inputs[0]!.name]: value } : {};
}

function plainInput({ name, datatype, shape: declared }: TensorSpec, data: unknown): PlainInput {
  const nested = shapeOf(data);
  const oneRow = nested.length === declared.length - 1;
  return { name, datatype, shape: oneRow ? [1, ...nested] : nested, data: Array.isArray(data) ? data : [data] };
}

/** By the first elements; that the others agree is checked with the count of elements. */
function shapeOf(value: unknown): number[] {
  const shape: number[] = [];
  for (let level = value; Array.isArray(level); level = level[0]) shape.push(level.length);
  return shape;
}
