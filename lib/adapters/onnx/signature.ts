import type { Binding } from 'onnxruntime-node/dist/binding.js';
import { invalid } from '#core/errors.ts';
import { DATATYPE_NAMES, DATATYPES, type Datatype } from '#core/model/datatypes.ts';
import type { Signature, TensorSpec, UnservedOutput } from '#core/model/signature.ts';

const byElementType = new Map<number, Datatype>(DATATYPE_NAMES.map((name) => [DATATYPES[name].onnx, name]));

const datatypeOf = (value: Binding.ValueMetadata): Datatype | undefined =>
  value.isTensor ? byElementType.get(value.type) : undefined;

const specOf = (value: Binding.ValueMetadata, datatype: Datatype): TensorSpec => ({
  name: value.name,
  datatype,
  shape: [...value.shape],
  ...(value.symbolicDimensions.some(Boolean) && { dimensions: [...value.symbolicDimensions] }),
});

const unserved = (value: Binding.ValueMetadata): UnservedOutput =>
  value.isTensor
    ? {
        name: value.name,
        reason: `its elements are of ONNX type ${value.type}, which onnxruntime-node cannot hold`,
        cure: 'cast it to float32 in the graph',
      }
    : {
        name: value.name,
        reason: 'it is a sequence or a map, and only tensors can be served',
        cure: 'export the model with tensor outputs (skl2onnx: options={"zipmap": False})',
      };

/** The signature as the runtime itself reads it from the graph. Throws where no input set or no output can be served. */
export function signatureOf(
  inputs: readonly Binding.ValueMetadata[],
  outputs: readonly Binding.ValueMetadata[],
  path: string,
): Signature {
  const specs = inputs.map((input) => specOf(input, datatypeOf(input) ?? refuseInput(input, path)));
  const served = outputs.flatMap((output) => {
    const datatype = datatypeOf(output);
    return datatype ? [specOf(output, datatype)] : [];
  });
  if (served.length === 0) refuseOutputs(outputs, path);
  return { inputs: specs, outputs: served, unserved: outputs.filter((output) => !datatypeOf(output)).map(unserved) };
}

function refuseInput(input: Binding.ValueMetadata, path: string): never {
  const what = input.isTensor ? `a tensor of ONNX type ${input.type}` : 'a sequence or a map';
  throw invalid(
    'model.unsupported',
    `input ${input.name} of ${path} is ${what}; Onnward serves ${DATATYPE_NAMES.join(', ')}`,
    {
      fix: 'Export the model with tensor inputs of one of these datatypes.',
      fields: { input: input.name, path },
    },
  );
}

function refuseOutputs(outputs: readonly Binding.ValueMetadata[], path: string): never {
  const names = outputs.map(({ name }) => name).join(', ');
  throw invalid('model.unsupported', `none of the outputs of ${path} (${names}) is a tensor that can be served`, {
    fix: unserved(outputs[0] as Binding.ValueMetadata).cure,
    fields: { path },
  });
}
