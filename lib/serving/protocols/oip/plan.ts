import type { TensorSpec } from '#core/model/signature.ts';
import type { ServedModel } from '#serving/host.ts';
import type { Selection } from './outputs.ts';

/** An input as the parser compares with it: names in the bytes that they commonly have in JSON. */
interface InputPlan {
  readonly spec: TensorSpec;
  readonly nameBytes: Buffer;
  readonly datatypeBytes: Buffer;
}

/** An output, with the JSON that comes before its shape. */
export interface OutputPlan {
  readonly spec: TensorSpec;
  readonly prefix: string;
}

/** Nanoseconds spent on either side of the computation, for the statistics; and what is between the two now. */
interface CodecTimes {
  count: number;
  inputNs: number;
  outputNs: number;
  inFlight: number;
}

/** All that requests to one version have in common, made once. */
export interface ModelPlan {
  readonly served: ServedModel;
  readonly inputs: readonly InputPlan[];
  readonly outputs: readonly OutputPlan[];
  readonly prefix: string;
  /** What a request that names no outputs gets. */
  readonly everyJson: readonly Selection[];
  readonly everyBinary: readonly Selection[];
  readonly times: CodecTimes;
}

/** Hosts give the same object for the same version as long as they serve it. */
const plans = new WeakMap<ServedModel, ModelPlan>();

export function planOf(served: ServedModel): ModelPlan {
  let plan = plans.get(served);
  if (plan === undefined) plans.set(served, (plan = makePlan(served)));
  return plan;
}

function makePlan(served: ServedModel): ModelPlan {
  const { inputs, outputs } = served.model.signature;
  return {
    served,
    inputs: inputs.map((spec) => ({
      spec,
      nameBytes: Buffer.from(JSON.stringify(spec.name).slice(1, -1)),
      datatypeBytes: Buffer.from(spec.datatype),
    })),
    outputs: outputs.map((spec) => ({ spec, prefix: outputPrefix(spec.name, spec.datatype) })),
    prefix: `{"model_name":${JSON.stringify(served.name)},"model_version":"${served.version}"`,
    everyJson: outputs.map((_, slot) => ({ slot, binary: false })),
    everyBinary: outputs.map((_, slot) => ({ slot, binary: true })),
    times: { count: 0, inputNs: 0, outputNs: 0, inFlight: 0 },
  };
}

export const outputPrefix = (name: string, datatype: string): string =>
  `{"name":${JSON.stringify(name)},"datatype":"${datatype}","shape":[`;
