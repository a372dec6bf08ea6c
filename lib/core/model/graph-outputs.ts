import { type Datatype, DATATYPE_NAMES, DATATYPES } from './datatypes.ts';
import type { MessageReader } from './protobuf.ts';
import type { UnservedOutput } from './signature.ts';

type ValueKind = 'tensor' | 'sparse tensor' | 'sequence' | 'map' | 'optional' | 'opaque' | 'unknown';

/** The type of a graph's output: `TypeProto` of onnx.proto3. */
interface ValueType {
  readonly kind: ValueKind;
  /** ONNX's name of the element type of a (sparse) tensor, or of the keys of a map. */
  readonly element?: string;
  /** What a sequence, a map or an optional holds. */
  readonly of?: ValueType;
}

export interface GraphOutput extends ValueType {
  readonly name: string;
  /** Type of the operator that makes it, `''` where it is an input of the graph handed through. */
  readonly operator: string;
}

/** `TensorProto.DataType`, by number. */
const ELEMENT_TYPES = [
  'UNDEFINED FLOAT UINT8 INT8 UINT16 INT16 INT32 INT64 STRING BOOL FLOAT16 DOUBLE UINT32 UINT64 COMPLEX64 COMPLEX128',
  'BFLOAT16 FLOAT8E4M3FN FLOAT8E4M3FNUZ FLOAT8E5M2 FLOAT8E5M2FNUZ UINT4 INT4 FLOAT4E2M1 FLOAT8E8M0 UINT2 INT2',
].flatMap((names) => names.split(' '));

const SERVED = new Map<string, Datatype>(
  DATATYPE_NAMES.map((name) => [ELEMENT_TYPES[DATATYPES[name].onnx] as string, name]),
);

/** The outputs in the graph's order. `graph` opens the GraphProto anew: operators stand before outputs. */
export function readOutputs(graph: () => MessageReader): GraphOutput[] {
  const types = new Map<string, ValueType>();
  const outputs = graph();
  while (outputs.next()) {
    if (outputs.field === 12) types.set(...readValueInfo(outputs.message()));
  }
  const operators = new Map<string, string>();
  const nodes = graph();
  while (nodes.next()) {
    if (nodes.field === 1) readNode(nodes.message(), types, operators);
  }
  return [...types].map(([name, type]) => ({ name, operator: operators.get(name) ?? '', ...type }));
}

/** Why the output cannot be served and what to do, or undefined where it can. */
export function unservedOutput(output: GraphOutput): UnservedOutput | undefined {
  if (output.kind === 'unknown' || (output.kind === 'tensor' && SERVED.has(output.element ?? ''))) return undefined;
  const maker = output.operator && ` (made by ${output.operator})`;
  const limit = output.kind === 'tensor' ? 'which ONNX Runtime cannot hand to Node' : 'and only tensors can be served';
  const what = nameOf(output);
  const article = /^[aeio]/i.test(what) ? 'an' : 'a';
  return { name: output.name, reason: `it is ${article} ${what}${maker}, ${limit}`, cure: cureOf(output) };
}

function cureOf({ kind, element = '', operator }: GraphOutput): string {
  if (operator === 'ZipMap') return 'convert without it: to_onnx(model, X, options={"zipmap": False}) in skl2onnx';
  switch (kind) {
    case 'tensor':
      if (element.startsWith('COMPLEX')) return 'give its real and imaginary parts as two FLOAT outputs';
      if (/^U?INT/.test(element)) return 'end the graph in a Cast to INT32';
      return 'end the graph in a Cast to FLOAT';
    case 'sequence':
      return 'end the graph in ConcatFromSequence or SequenceAt, which make a tensor of it';
    case 'optional':
      return 'end the graph in OptionalGetElement';
    case 'sparse tensor':
      return 'export it as a dense tensor';
    default:
      return 'export the model with a tensor in its place';
  }
}

/** In words: `sequence of maps from INT64 to FLOAT tensors`. */
function nameOf({ kind, element, of }: ValueType, plural = ''): string {
  const held = of ? nameOf(of, 's') : 'values';
  if (kind === 'tensor') return `${element} tensor${plural}`;
  if (kind === 'sparse tensor') return `sparse ${element} tensor${plural}`;
  if (kind === 'map') return `map${plural} from ${element} to ${held}`;
  return kind === 'sequence' || kind === 'optional' ? `${kind}${plural} of ${held}` : `${kind} value${plural}`;
}

function readValueInfo(info: MessageReader): [string, ValueType] {
  let name = '';
  let type: ValueType = { kind: 'unknown' };
  while (info.next()) {
    if (info.field === 1) name = info.text();
    else if (info.field === 2) type = readType(info.message());
  }
  return [name, type];
}

const KINDS: Readonly<Record<number, ValueKind>> = {
  1: 'tensor',
  4: 'sequence',
  5: 'map',
  7: 'opaque',
  8: 'sparse tensor',
  9: 'optional',
};

function readType(type: MessageReader): ValueType {
  let result: ValueType = { kind: 'unknown' };
  while (type.next()) {
    const kind = KINDS[type.field];
    if (kind) result = { kind, ...readContent(kind, type.message()) };
  }
  return result;
}

/** The first field is an element type (of a map: its keys') or the type that is held; the second of a map its values'. */
function readContent(kind: ValueKind, content: MessageReader): Omit<ValueType, 'kind'> {
  const nested = kind === 'sequence' || kind === 'optional';
  const result: { element?: string; of?: ValueType } = {};
  while (content.next()) {
    if (kind === 'opaque') continue;
    if (content.field === 1 && nested) result.of = readType(content.message());
    else if (content.field === 1) result.element = elementType(content.number());
    else if (content.field === 2 && kind === 'map') result.of = readType(content.message());
  }
  return result;
}

const elementType = (number: number): string => ELEMENT_TYPES[number] ?? `type ${number}`;

/** Notes in `operators` what makes the values of `wanted`. */
function readNode(node: MessageReader, wanted: ReadonlyMap<string, unknown>, operators: Map<string, string>): void {
  const made: string[] = [];
  let operator = '';
  while (node.next()) {
    if (node.field === 2) made.push(node.text());
    else if (node.field === 4) operator = node.text();
  }
  for (const name of made) if (wanted.has(name)) operators.set(name, operator);
}
