import { invalid, type OnnwardError } from '#core/errors.ts';
import { flag, wholeNumber } from './parameters.ts';
import type { ModelPlan } from './plan.ts';
import type { InferenceRequest, RequestedOutput } from './request.ts';

/** One output of the answer: which of the model's, and in what form. */
export interface Selection {
  readonly slot: number;
  readonly binary: boolean;
  /** How many classes to name. @default - the tensor itself */
  readonly classes?: number;
}

/**
 * What the request wants back, in its order; every output in the model's order where it names none. In binary where it
 * says so, or says nothing and its door knows that the client `prefersBinary`.
 */
export function selectOutputs(request: InferenceRequest, plan: ModelPlan, prefersBinary = false): readonly Selection[] {
  const binary = flag(request.parameters, 'binary_data_output') ?? prefersBinary;
  if (request.outputs.length === 0) return binary ? plan.everyBinary : plan.everyJson;
  return request.outputs.map((output, index) => {
    if (request.outputs.findIndex(({ name }) => name === output.name) < index) {
      throw invalid('output.repeated', `output "${output.name.slice(0, 80)}" is requested twice`);
    }
    return selectOne(output, plan, binary);
  });
}

function selectOne({ name, parameters }: RequestedOutput, plan: ModelPlan, binary: boolean): Selection {
  const slot = plan.outputs.findIndex(({ spec }) => spec.name === name);
  if (slot < 0) throw unknownOutput(name, plan);
  const classes = wholeNumber(parameters, 'classification', 1);
  const { datatype } = (plan.outputs[slot] as ModelPlan['outputs'][number]).spec;
  if (classes !== undefined && (datatype === 'BYTES' || datatype === 'BOOL')) {
    throw invalid('output.classification', `output "${name}" is ${datatype}, "classification" needs numbers`);
  }
  return { slot, binary: flag(parameters, 'binary_data') ?? binary, ...(classes !== undefined && { classes }) };
}

function unknownOutput(name: string, plan: ModelPlan): OnnwardError {
  const unserved = plan.served.model.signature.unserved.find((output) => output.name === name);
  if (unserved) {
    throw invalid('output.unserved', `output "${name}" is not served: ${unserved.reason}`, { fix: unserved.cure });
  }
  const known = plan.outputs.map(({ spec }) => `"${spec.name}"`).join(', ');
  return invalid('output.unknown', `unknown output "${name.slice(0, 80)}", expected ${known}`);
}
