import { invalid } from '../errors.ts';
import { type GraphOutput, readOutputs } from './graph-outputs.ts';
import { pathProblem } from './paths.ts';
import { MessageReader, ProtobufError } from './protobuf.ts';

/** What an ONNX file says of itself, read without a runtime. */
export interface GraphFacts {
  readonly irVersion: number;
  readonly producer: { readonly name: string; readonly version: string };
  /** Operator sets; the domain `''` is ONNX's own. */
  readonly opsets: readonly { readonly domain: string; readonly version: number }[];
  /** Name and documentation of the graph, `''` where it has none. */
  readonly name: string;
  readonly documentation: string;
  readonly outputs: readonly GraphOutput[];
  /** Files with weights, relative to the graph's own folder; each once. */
  readonly externalData: readonly string[];
}

/**
 * Reads a ModelProto; field numbers are onnx.proto3's. `path` is for messages alone. Throws `model.unreadable`, and
 * `model.external_path` where weights are said to lie outside of the graph's folder.
 */
export function readGraph(bytes: Uint8Array, path: string): GraphFacts {
  try {
    return { ...readModel(bytes), externalData: [...externalData(bytes)] };
  } catch (error) {
    if (error instanceof ProtobufError) throw unreadable(path, error);
    throw error;
  }
}

function readModel(bytes: Uint8Array): Omit<GraphFacts, 'externalData'> {
  const facts = {
    irVersion: 0,
    producer: { name: '', version: '' },
    opsets: [] as { domain: string; version: number }[],
    name: '',
    documentation: '',
    outputs: undefined as GraphOutput[] | undefined,
  };
  const model = new MessageReader(bytes);
  while (model.next()) {
    if (model.field === 1) facts.irVersion = model.number();
    else if (model.field === 2) facts.producer.name = model.text();
    else if (model.field === 3) facts.producer.version = model.text();
    else if (model.field === 7) Object.assign(facts, readGraphProto(model));
    else if (model.field === 8) facts.opsets.push(readOpset(model.message()));
  }
  const { outputs, ...rest } = facts;
  if (!outputs) throw new ProtobufError('there is no graph in it');
  return { ...rest, outputs };
}

function readGraphProto(model: MessageReader): Pick<GraphFacts, 'name' | 'documentation' | 'outputs'> {
  const facts = { name: '', documentation: '' };
  const graph = model.message();
  while (graph.next()) {
    if (graph.field === 2) facts.name = graph.text();
    else if (graph.field === 10) facts.documentation = graph.text();
  }
  return { ...facts, outputs: readOutputs(() => model.message()) };
}

function readOpset(opset: MessageReader): { domain: string; version: number } {
  const facts = { domain: '', version: 0 };
  while (opset.next()) {
    if (opset.field === 1) facts.domain = opset.text();
    else if (opset.field === 2) facts.version = opset.number();
  }
  return facts;
}

/** The messages that lead to tensors, by the number of the field that holds them. */
const PARTS: Readonly<Record<string, Readonly<Record<number, string>>>> = {
  ModelProto: { 7: 'GraphProto', 20: 'TrainingInfoProto', 25: 'FunctionProto' },
  TrainingInfoProto: { 1: 'GraphProto', 2: 'GraphProto' },
  FunctionProto: { 7: 'NodeProto', 11: 'AttributeProto' },
  GraphProto: { 1: 'NodeProto', 5: 'TensorProto', 15: 'SparseTensorProto' },
  NodeProto: { 5: 'AttributeProto' },
  AttributeProto: {
    5: 'TensorProto',
    6: 'GraphProto',
    10: 'TensorProto',
    11: 'GraphProto',
    22: 'SparseTensorProto',
    23: 'SparseTensorProto',
  },
  SparseTensorProto: { 1: 'TensorProto', 2: 'TensorProto' },
};

function externalData(bytes: Uint8Array): Set<string> {
  const locations = new Set<string>();
  const visit = (message: MessageReader, type: string): void => {
    if (type === 'TensorProto') {
      const location = externalLocation(message);
      if (location !== undefined) locations.add(location);
      return;
    }
    const parts = PARTS[type] ?? {};
    while (message.next()) {
      const part = parts[message.field];
      if (part) visit(message.message(), part);
    }
  };
  visit(new MessageReader(bytes), 'ModelProto');
  return locations;
}

/** The file that holds a tensor's data (`data_location` is EXTERNAL), or undefined where it is in the graph. */
function externalLocation(tensor: MessageReader): string | undefined {
  let location: string | undefined;
  let external = false;
  while (tensor.next()) {
    if (tensor.field === 13) location = locationOf(tensor.message()) ?? location;
    else if (tensor.field === 14) external = tensor.number() === 1;
  }
  if (!external) return undefined;
  if (location === undefined) throw new ProtobufError('a tensor has external data and names no file');
  return checkedLocation(location);
}

function locationOf(entry: MessageReader): string | undefined {
  let [key, value] = ['', ''];
  while (entry.next()) {
    if (entry.field === 1) key = entry.text();
    else if (entry.field === 2) value = entry.text();
  }
  return key === 'location' ? value : undefined;
}

function checkedLocation(location: string): string {
  const path = location.replace(/^(\.\/)+/, '');
  const problem = pathProblem(path);
  if (!problem) return path;
  throw invalid(
    'model.external_path',
    `the graph keeps weights in ${JSON.stringify(location.slice(0, 200))}, which ${problem}`,
    {
      fix: 'Save the model again with its external data beside it (onnx.save_model(…, location="weights.bin")).',
      fields: { location: location.slice(0, 200) },
    },
  );
}

const unreadable = (path: string, cause: ProtobufError): Error =>
  invalid('model.unreadable', `${path} is not a whole ONNX model: ${cause.message}`, {
    cause,
    fix: `Check the export: python -c "import onnx; onnx.checker.check_model('${path}')"`,
    fields: { path },
  });
