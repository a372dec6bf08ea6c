import { invalid } from '../errors.ts';
import { allocate, DATATYPES, type Datatype } from '../model/datatypes.ts';
import { numberToHalf } from '../model/halves.ts';
import type { Signature, TensorSpec } from '../model/signature.ts';
import { elementCount, type Tensor } from '../model/tensor.ts';

/** A question that the trainer has asked its framework. */
export interface GoldenLine {
  /** A request of the Open Inference Protocol, JSON. */
  readonly question: string;
  /** What the framework answered, by output; not all of them need to be there. */
  readonly answers: ReadonlyMap<string, Tensor>;
}

interface PlainTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly data: unknown;
}

/**
 * Reads `golden.jsonl`: on each line `{"inputs": […], "outputs": […]}` with tensors of the Open Inference Protocol in JSON,
 * `data` flat or nested. Throws `training.golden`, which names the line.
 */
export function readGolden(text: string, signature: Signature): GoldenLine[] {
  const lines = text.split('\n').map((line, index) => ({ line, number: index + 1 }));
  return lines.filter(({ line }) => line.trim() !== '').map(({ line, number }) => goldenLine(line, number, signature));
}

function goldenLine(line: string, number: number, { outputs: specs }: Signature): GoldenLine {
  const { inputs, outputs } = parse(line, number);
  const answers = new Map<string, Tensor>();
  for (const output of outputs) {
    const spec = specs.find(({ name }) => name === output?.name);
    if (!spec) throw refuse(number, `the model serves no output '${output?.name}'; it has ${namesOf(specs)}`);
    answers.set(spec.name, tensorOf(output, spec, number));
  }
  if (answers.size === 0) throw refuse(number, 'it holds no output to compare with');
  return { question: JSON.stringify({ inputs }), answers };
}

function parse(line: string, number: number): { readonly inputs: unknown[]; readonly outputs: PlainTensor[] } {
  try {
    const { inputs, outputs } = JSON.parse(line) as { inputs?: unknown; outputs?: unknown };
    if (Array.isArray(inputs) && Array.isArray(outputs)) return { inputs, outputs: outputs as PlainTensor[] };
  } catch {
    // Said below, in one way for what is no JSON and what is JSON of another kind.
  }
  throw refuse(number, 'it is not {"inputs": […], "outputs": […]}');
}

function tensorOf({ shape, data }: PlainTensor, { name, datatype }: TensorSpec, number: number): Tensor {
  const flat = Array.isArray(data) ? (data as unknown[]).flat(Number.POSITIVE_INFINITY) : [data];
  const isShape = Array.isArray(shape) && shape.every((size) => Number.isSafeInteger(size) && size >= 0);
  if (!isShape || elementCount(shape) !== flat.length) {
    throw refuse(number, `output '${name}' has ${flat.length} values, and its shape is ${JSON.stringify(shape)}`);
  }
  if (flat.length === 0) throw refuse(number, `output '${name}' has no rows: nothing would be compared`);
  const values = allocate(datatype, flat.length);
  const convert = converter(datatype);
  for (const [index, value] of flat.entries()) {
    const element = convert(value);
    if (element === undefined)
      throw refuse(number, `output '${name}' is ${datatype}, and holds ${JSON.stringify(value)}`);
    values[index] = element as never;
  }
  if (flat.every((value) => value === null)) throw refuse(number, `output '${name}' has no number at all`);
  return { datatype, shape: [...shape], data: values };
}

/** What a value of JSON is as an element; undefined for what is none. `null` is NaN, which JSON has no word for. */
function converter(datatype: Datatype): (value: unknown) => number | bigint | string | undefined {
  const { family } = DATATYPES[datatype];
  if (family === 'text') return (value) => (typeof value === 'string' ? value : undefined);
  if (family === 'float') {
    const asElement = datatype === 'FP16' ? numberToHalf : (value: number) => value;
    return (value) =>
      value === null ? asElement(Number.NaN) : typeof value === 'number' ? asElement(value) : undefined;
  }
  if (family === 'bigint')
    return (value) => (Number.isInteger(whole(value)) ? BigInt(whole(value) as number) : undefined);
  return (value) => (Number.isInteger(whole(value)) ? (whole(value) as number) : undefined);
}

/** Truth is 0 and 1 to a tensor. */
const whole = (value: unknown): unknown => (typeof value === 'boolean' ? Number(value) : value);

const namesOf = (specs: readonly TensorSpec[]): string => specs.map(({ name }) => `'${name}'`).join(', ');

const refuse = (number: number, problem: string) =>
  invalid('training.golden', `Line ${number} of golden.jsonl cannot be used: ${problem}.`, {
    fix: 'Have the trainer write {"inputs": […], "outputs": […]} with tensors of the Open Inference Protocol.',
    fields: { line: number },
  });
