import { invalid, type OnnwardError } from '#core/errors.ts';
import type { TensorData } from '#core/model/datatypes.ts';
import { shapeMatches, type TensorSpec } from '#core/model/signature.ts';
import { readElements } from './elements.ts';
import { readObject } from './members.ts';
import { readParameters, wholeNumber } from './parameters.ts';
import type { ModelPlan } from './plan.ts';
import type { InferenceRequest } from './request.ts';
import { CLOSE_ARRAY, OPEN_ARRAY, QUOTE, type Scanner } from './scanner.ts';

/** What has been seen of one input, whose members may come in any order. */
interface Draft {
  slot: number | undefined;
  shape: readonly number[] | undefined;
  datatype: string | undefined;
  data: TensorData | undefined;
  /** Where `data` starts that came before its name, shape and datatype. */
  dataAt: number | undefined;
  /** `binary_data_size`. */
  size: number | undefined;
}

/** Reads one element of `inputs` into its slot of the request. */
export function readInput(scanner: Scanner, plan: ModelPlan, request: InferenceRequest, given: boolean[]): void {
  const draft: Draft = {
    slot: undefined,
    shape: undefined,
    datatype: undefined,
    data: undefined,
    dataAt: undefined,
    size: undefined,
  };
  readObject(scanner, (member) => {
    if (member === 'name') draft.slot = readName(scanner, plan);
    else if (member === 'shape') draft.shape = readShape(scanner);
    else if (member === 'datatype') draft.datatype = readDatatype(scanner, plan, draft);
    else if (member === 'data') readData(scanner, plan, draft);
    else if (member === 'parameters') draft.size = wholeNumber(readParameters(scanner), 'binary_data_size', 0);
    else scanner.skipValue();
  });
  const { spec, shape } = settle(draft, plan);
  const slot = draft.slot as number;
  if (given[slot]) throw invalid('input.repeated', `input "${spec.name}" is given twice`);
  given[slot] = true;
  const data = draft.dataAt === undefined ? draft.data : readLate(scanner, draft.dataAt, spec, shape);
  if ((data === undefined) === (draft.size === undefined)) {
    const came = data ? 'has both' : 'has neither';
    throw invalid('input.data', `input "${spec.name}" ${came} "data" and parameter "binary_data_size", expected one`);
  }
  if (data) request.inputs[slot] = { datatype: spec.datatype, shape, data };
  else request.binary.push({ slot, shape, size: draft.size as number });
}

function readName(scanner: Scanner, plan: ModelPlan): number {
  const { inputs } = plan;
  for (let slot = 0; slot < inputs.length; slot++)
    if (scanner.takes((inputs[slot] as { nameBytes: Buffer }).nameBytes)) return slot;
  if (scanner.peek() !== QUOTE)
    throw invalid('input.name', `an input's "name" is ${scanner.kind()}, expected a string`);
  const name = scanner.string();
  const slot = inputs.findIndex(({ spec }) => spec.name === name);
  if (slot >= 0) return slot;
  const known = inputs.map(({ spec }) => `"${spec.name}"`).join(', ');
  throw invalid('input.unknown', `unknown input "${name.slice(0, 80)}", expected ${known || 'none'}`);
}

function readDatatype(scanner: Scanner, plan: ModelPlan, { slot }: Draft): string {
  const expected = slot === undefined ? undefined : plan.inputs[slot];
  if (expected && scanner.takes(expected.datatypeBytes)) return expected.spec.datatype;
  if (scanner.peek() === QUOTE) return scanner.string();
  throw invalid('input.datatype', `an input's "datatype" is ${scanner.kind()}, expected a string`);
}

/** No tensor of ONNX Runtime has more dimensions than this, and no message should list more. */
const MAX_RANK = 32;

function readShape(scanner: Scanner): number[] {
  const shape: number[] = [];
  if (scanner.peek() !== OPEN_ARRAY) throw shapeError(scanner.kind());
  if (!scanner.opens(OPEN_ARRAY, CLOSE_ARRAY)) return shape;
  do {
    shape.push(readDimension(scanner));
    if (shape.length > MAX_RANK) throw shapeError(`more than ${MAX_RANK} dimensions`);
  } while (scanner.another(CLOSE_ARRAY));
  return shape;
}

function readDimension(scanner: Scanner): number {
  if (scanner.kind() !== 'a number') throw shapeError(`[… ${scanner.kind()} …]`);
  const size = scanner.takeWhole() ?? Number(scanner.number());
  if (Number.isSafeInteger(size) && size >= 0) return size;
  throw shapeError(`[… ${size} …]`);
}

const shapeError = (came: string): OnnwardError =>
  invalid('input.shape', `an input's "shape" is ${came}, expected an array of whole numbers from 0`);

/** Decodes `data` at once where all that it depends on has been seen, as clients commonly order it. */
function readData(scanner: Scanner, plan: ModelPlan, draft: Draft): void {
  if (draft.slot !== undefined && draft.shape && draft.datatype !== undefined) {
    const { spec, shape } = settle(draft, plan);
    draft.data = readElements(scanner, spec, shape);
  } else {
    draft.dataAt = scanner.at;
    scanner.skipValue();
  }
}

function readLate(scanner: Scanner, dataAt: number, spec: TensorSpec, shape: readonly number[]): TensorData {
  const { at } = scanner;
  scanner.at = dataAt;
  const data = readElements(scanner, spec, shape);
  scanner.at = at;
  return data;
}

/** Checks name, datatype and shape against the signature. */
function settle({ slot, datatype, shape }: Draft, plan: ModelPlan): { spec: TensorSpec; shape: readonly number[] } {
  const spec = slot === undefined ? undefined : plan.inputs[slot]?.spec;
  if (spec === undefined) throw invalid('input.name', 'an input has no "name"');
  if (datatype === undefined) throw invalid('input.datatype', `input "${spec.name}" has no "datatype"`);
  if (shape === undefined) throw invalid('input.shape', `input "${spec.name}" has no "shape"`);
  if (datatype !== spec.datatype) {
    const came = `unexpected datatype ${datatype.slice(0, 20)} for input "${spec.name}"`;
    throw invalid('input.datatype', `${came}, expected ${spec.datatype}`);
  }
  if (shapeMatches(spec.shape, shape)) return { spec, shape };
  const came = `unexpected shape [${shape.join(', ')}] for input "${spec.name}"`;
  throw invalid('input.shape', `${came}, expected [${spec.shape.join(', ')}]`);
}
