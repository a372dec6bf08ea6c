import { readFileSync } from 'node:fs';
import type { Binding } from 'onnxruntime-node/dist/binding.js';
import { invalid } from '#core/errors.ts';
import { DATATYPE_NAMES, DATATYPES, type Datatype } from '#core/model/datatypes.ts';
import { unservedOutput } from '#core/model/graph-outputs.ts';
import { readGraph } from '#core/model/graph.ts';
import type { Signature, TensorSpec, UnservedOutput } from '#core/model/signature.ts';

type Value = Binding.ValueMetadata;

const byElementType = new Map<number, Datatype>(DATATYPE_NAMES.map((name) => [DATATYPES[name].onnx, name]));

/** The signature as the runtime itself reads it from the graph. Throws where an input, or every output, cannot be served. */
export function signatureOf(inputs: readonly Value[], outputs: readonly Value[], path: string): Signature {
  const unserved = outputs.every(datatypeOf) ? [] : unservedOutputs(path);
  const served = outputs.flatMap((output) => specOf(output) ?? []);
  if (served.length === 0) throw unsupportedOutputs(unserved, path);
  return { inputs: inputs.map((input) => specOf(input) ?? refuse(input, path)), outputs: served, unserved };
}

const datatypeOf = (value: Value): Datatype | undefined => (value.isTensor ? byElementType.get(value.type) : undefined);

function specOf(value: Value): TensorSpec | undefined {
  const datatype = datatypeOf(value);
  if (!datatype) return undefined;
  const { name, shape, symbolicDimensions } = value;
  return {
    name,
    datatype,
    shape: [...shape],
    ...(symbolicDimensions.some(Boolean) && { dimensions: [...symbolicDimensions] }),
  };
}

/** The runtime says only that they are no tensors; the graph says what they are, and which operator makes them. */
const unservedOutputs = (path: string): UnservedOutput[] =>
  readGraph(readFileSync(path), path).outputs.flatMap((output) => unservedOutput(output) ?? []);

function refuse(input: Value, path: string): never {
  const what = input.isTensor ? `a tensor of ONNX type ${input.type}` : 'a sequence, a map or an optional';
  const known = DATATYPE_NAMES.join(', ');
  throw invalid('model.unsupported', `input ${input.name} of ${path} is ${what}; Onnward serves ${known}`, {
    fix: 'Export the model with tensor inputs of one of these datatypes.',
    fields: { input: input.name, path },
  });
}

function unsupportedOutputs(unserved: readonly UnservedOutput[], path: string) {
  const reasons = unserved.map(({ name, reason }) => `${name}: ${reason}`).join('; ');
  return invalid('model.unsupported', `none of the outputs of ${path} can be served (${reasons})`, {
    fix: unserved.map(({ cure }) => cure).join('; '),
    fields: { path },
  });
}
