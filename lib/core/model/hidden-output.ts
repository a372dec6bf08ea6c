import { invalid } from '../errors.ts';
import { nearest } from '../nearest.ts';
import { MessageReader, ProtobufError } from './protobuf.ts';

/** Names that are told of a graph that has no such tensor. */
const TOLD = 12;

/** Comparing a name with more of them takes longer than a person looks for it. */
const MAX_GUESSED = 10_000;

/**
 * The same graph with one more output, the last one: a tensor that is computed within it, such as an embedding. A graph that
 * gives it already stays as it is. `path` is for messages alone. Throws `model.no_tensor`, which names tensors that there
 * are, and `model.unreadable`.
 *
 * Nothing is taken apart: of a message that comes twice, readers of protobuf put the fields together (Source:
 * protobuf.dev/programming-guides/encoding, "Last One Wins"), so that the output is written behind the model's last byte.
 */
export function withOutput(model: Uint8Array, tensor: string, path: string): Uint8Array {
  const { outputs, made } = read(model, path);
  if (outputs.includes(tensor)) return model;
  if (!made.includes(tensor)) throw noTensor(tensor, made, path);
  const name = new TextEncoder().encode(tensor);
  const more = field(MODEL_GRAPH, field(GRAPH_OUTPUT, field(VALUE_NAME, name)));
  const whole = new Uint8Array(model.length + more.length);
  whole.set(model);
  whole.set(more, model.length);
  return whole;
}

/** Field numbers of onnx.proto3. */
const MODEL_GRAPH = 7;
const GRAPH_NODE = 1;
const GRAPH_OUTPUT = 12;
const NODE_OUTPUT = 2;
const VALUE_NAME = 1;

interface Names {
  readonly outputs: readonly string[];
  /** What the graph's own operators make, those of graphs within it apart: only these can be handed out. */
  readonly made: readonly string[];
}

function read(bytes: Uint8Array, path: string): Names {
  const names = { outputs: [] as string[], made: [] as string[] };
  try {
    const model = new MessageReader(bytes);
    while (model.next()) if (model.field === MODEL_GRAPH) readGraph(model.message(), names);
    return names;
  } catch (cause) {
    if (!(cause instanceof ProtobufError)) throw cause;
    throw invalid('model.unreadable', `${path} is not a whole ONNX model: ${cause.message}`, {
      cause,
      fix: 'Register the model again.',
      fields: { path },
    });
  }
}

function readGraph(graph: MessageReader, { outputs, made }: { outputs: string[]; made: string[] }): void {
  while (graph.next()) {
    if (graph.field === GRAPH_OUTPUT) outputs.push(...textsOf(graph.message(), VALUE_NAME));
    // An operator leaves out what it is not asked for by an empty name.
    else if (graph.field === GRAPH_NODE) made.push(...textsOf(graph.message(), NODE_OUTPUT).filter(Boolean));
  }
}

function textsOf(message: MessageReader, wanted: number): string[] {
  const texts: string[] = [];
  while (message.next()) if (message.field === wanted) texts.push(message.text());
  return texts;
}

const LENGTH_DELIMITED = 2;

function field(number: number, content: Uint8Array): Uint8Array {
  const head = [...varint(number * 8 + LENGTH_DELIMITED), ...varint(content.length)];
  const whole = new Uint8Array(head.length + content.length);
  whole.set(head);
  whole.set(content, head.length);
  return whole;
}

function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 0x80);
  return [...bytes, rest];
}

function noTensor(tensor: string, made: readonly string[], path: string) {
  const guess = made.length > MAX_GUESSED ? undefined : nearest(tensor, made);
  const shown = made.slice(-TOLD).join(', ') || 'none';
  const among = made.length > TOLD ? `the last of its ${made.length} are` : 'it has';
  const meant = guess === undefined ? '' : ` Did you mean ${guess}?`;
  return invalid(
    'model.no_tensor',
    `${path} computes no tensor '${tensor.slice(0, 200)}': ${among} ${shown}.${meant}`,
    {
      fix: 'Name a tensor of the graph letter for letter, as Netron shows it.',
      fields: { tensor: tensor.slice(0, 200), path },
    },
  );
}
