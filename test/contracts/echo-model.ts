import { DATATYPE_NAMES, type Datatype } from '#core/model/datatypes.ts';
import type { Signature, TensorSpec } from '#core/model/signature.ts';
import type { LoadedModel } from '#core/ports.ts';

const spec = (name: string, datatype: Datatype, shape: readonly number[]): TensorSpec => ({ name, datatype, shape });
const identity = (datatype: Datatype, shape: readonly number[]): Signature => ({
  inputs: [spec('x', datatype, shape)],
  outputs: [spec('y', datatype, shape)],
  unserved: [],
});

/** The signatures of the fixtures that give back what they are given (`test/fixtures/<name>.onnx`). */
export const ECHOES: Readonly<Record<string, Signature>> = {
  ...Object.fromEntries(DATATYPE_NAMES.map((name) => [`identity_${name.toLowerCase()}`, identity(name, [-1, -1])])),
  fixed_shape: identity('FP32', [2, 3]),
  scalar: identity('FP32', []),
  identity_pair: {
    inputs: [spec('a', 'FP32', [-1, 3]), spec('b', 'INT64', [-1])],
    outputs: [spec('a_out', 'FP32', [-1, 3]), spec('b_out', 'INT64', [-1])],
    unserved: [],
  },
};

/** A model in memory whose outputs are its inputs, in the order of the signature. */
export function echoModel(signature: Signature): LoadedModel {
  const none = { count: 0, ns: 0 };
  const statistics = {
    lastInferenceMs: 0,
    inferenceCount: 0,
    executionCount: 0,
    success: { count: 0, ns: 0 },
    fail: none,
    queue: none,
    computeInfer: { count: 0, ns: 0 },
    batches: [],
  };
  return {
    signature,
    statistics,
    async infer(inputs) {
      statistics.inferenceCount++;
      statistics.executionCount++;
      statistics.success.count++;
      return inputs;
    },
    close: () => Promise.resolve(),
  };
}
