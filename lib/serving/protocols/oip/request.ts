import { invalid } from '#core/errors.ts';
import type { Tensor } from '#core/model/tensor.ts';
import { readInput } from './input.ts';
import { readObject } from './members.ts';
import { NO_PARAMETERS, readParameters, type Parameters } from './parameters.ts';
import type { ModelPlan } from './plan.ts';
import { CLOSE_ARRAY, OPEN_ARRAY, QUOTE, type Scanner } from './scanner.ts';

export interface RequestedOutput {
  readonly name: string;
  readonly parameters: Parameters;
}

/** An input whose bytes stand behind the JSON. */
interface BinaryInput {
  readonly slot: number;
  readonly shape: readonly number[];
  readonly size: number;
}

/** The JSON part of an inference request, read against the signature of one model. */
export interface InferenceRequest {
  id: string | undefined;
  parameters: Parameters;
  /** In signature order; undefined where the bytes are still to come from `binary`. */
  readonly inputs: (Tensor | undefined)[];
  /** In the order of the request, which is the order of their bytes. */
  readonly binary: BinaryInput[];
  /** Empty: all. */
  readonly outputs: RequestedOutput[];
}

export const emptyRequest = (): InferenceRequest => ({
  id: undefined,
  parameters: NO_PARAMETERS,
  inputs: [],
  binary: [],
  outputs: [],
});

/** Reads the one object of the scanner's bytes. Throws `request.*` and `input.*`, always of kind invalid. */
export function readRequest(scanner: Scanner, plan: ModelPlan): InferenceRequest {
  const request = emptyRequest();
  const given = plan.inputs.map(() => false);
  readObject(scanner, (member) => {
    if (member === 'inputs') readArray(scanner, () => readInput(scanner, plan, request, given));
    else if (member === 'id') request.id = readString(scanner, 'id');
    else if (member === 'parameters') request.parameters = readParameters(scanner);
    else if (member === 'outputs') readArray(scanner, () => request.outputs.push(readRequestedOutput(scanner)));
    else scanner.skipValue();
  });
  if (scanner.peek() !== -1) throw scanner.expected('nothing behind the object');
  const missing = plan.inputs[given.indexOf(false)];
  if (missing === undefined) return request;
  const { name, datatype, shape } = missing.spec;
  throw invalid('input.missing', `input "${name}" is missing, expected ${datatype} [${shape.join(', ')}]`);
}

function readArray(scanner: Scanner, read: () => void): void {
  if (!scanner.opens(OPEN_ARRAY, CLOSE_ARRAY)) return;
  do read();
  while (scanner.another(CLOSE_ARRAY));
}

function readRequestedOutput(scanner: Scanner): RequestedOutput {
  let name: string | undefined;
  let parameters = NO_PARAMETERS;
  readObject(scanner, (member) => {
    if (member === 'name') name = readString(scanner, 'name');
    else if (member === 'parameters') parameters = readParameters(scanner);
    else scanner.skipValue();
  });
  if (name === undefined) throw invalid('request.output', 'a requested output has no "name"');
  return { name, parameters };
}

function readString(scanner: Scanner, member: string): string {
  if (scanner.peek() === QUOTE) return scanner.string();
  throw invalid('request.member', `"${member}" is ${scanner.kind()}, expected a string`);
}
