import type { NamedTensor } from '../../model/tensor.ts';
import { elementCount } from '../../model/tensor.ts';
import type { TensorFeatures } from './captured.ts';
import { type CellText, cellTexts, type HashField } from './cells.ts';
import { csvCell } from './csv.ts';
import type { Redaction } from './options.ts';
import { type Redactions, redactionNames } from './redaction.ts';

/*
 * A line of capture is one of Model Monitor's JSON Lines, with a member of our own beside: what it leaves out.
 * Source: docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-interpreting-data-capture.html
 */

/** Bytes of a line, its end included: a record of Firehose takes 1000 KiB. */
export const MOST_LINE_BYTES = 1_000_000;

/** A tensor of more elements a row is kept as its features, unless it is to be whole. */
const MOST_ELEMENTS_OF_A_ROW = 4096;

/** Of a request and of its answer: of more rows the first are kept. */
const MOST_ELEMENTS = 65_536;

/** Columns that go into a table; a longer row is no table. */
const MOST_COLUMNS = 256;

/** How tensors become text. */
export interface CaptureWriting {
  readonly redactions: Redactions;
  readonly hash: HashField;
  /** Large tensors are kept, as far as a line has room. */
  readonly whole: boolean;
  readonly featuresOf: (tensor: NamedTensor, rows: number) => TensorFeatures;
}

/** The rows of a request: what its inputs have as their first dimension, where that is the same. */
export function rowsOf(inputs: readonly NamedTensor[]): number {
  const [first] = inputs;
  const rows = first?.shape[0];
  return rows !== undefined && inputs.every(({ shape }) => shape[0] === rows) ? rows : 1;
}

/** Rows of a request that are kept of it. */
export function keptRows(inputs: readonly NamedTensor[], rows: number): number {
  const width = inputs.reduce((sum, { shape }) => sum + elementCount(shape) / Math.max(1, rows), 0);
  return Math.min(rows, Math.max(1, Math.floor(MOST_ELEMENTS / Math.max(1, width))));
}

/** One side of a line, and what it is made of where it does not say it itself. */
export interface Side {
  readonly text: string;
  readonly tensors?: string;
}

type Mode = 'INPUT' | 'OUTPUT';

/** Tensors that have not as many rows as the request are not of its rows, and are left out. */
export function writeSide(
  mode: Mode,
  tensors: readonly NamedTensor[],
  rows: { readonly all: number; readonly kept: number },
  writing: CaptureWriting,
): Side {
  const written = tensors
    .filter(({ shape }) => rows.all === 1 || shape[0] === rows.all)
    .map((tensor) => writeTensor(tensor, rows, writing));
  const width = written.reduce((sum, tensor) => sum + tensor.width, 0);
  const isTable = width > 0 && width <= MOST_COLUMNS && written.every((tensor) => tensor.isColumns);
  if (isTable)
    return { text: sideText('text/csv', mode, table(written, rows.kept), 'CSV'), tensors: described(written) };
  const member = mode === 'INPUT' ? 'inputs' : 'outputs';
  const json = `{"${member}":[${written.map(tensorJson).join(',')}]}`;
  return { text: sideText('application/json', mode, json, 'JSON') };
}

const sideText = (type: string, mode: Mode, data: string, encoding: string): string =>
  `{"observedContentType":"${type}","mode":"${mode}","data":${JSON.stringify(data)},"encoding":"${encoding}"}`;

interface WrittenTensor {
  readonly name: string;
  readonly datatype: string;
  readonly shape: readonly number[];
  readonly width: number;
  /** Whether its rows are cells of a table. */
  readonly isColumns: boolean;
  readonly cells?: readonly CellText[];
  readonly features?: TensorFeatures;
}

function writeTensor(
  tensor: NamedTensor,
  { all, kept }: { readonly all: number; readonly kept: number },
  { redactions, hash, whole, featuresOf }: CaptureWriting,
): WrittenTensor {
  const { name, datatype } = tensor;
  const width = elementCount(tensor.shape) / Math.max(1, all);
  const shape = all === kept ? tensor.shape : [kept, ...tensor.shape.slice(1)];
  const redaction = redactions.get(name);
  const head = { name, datatype, shape, width };
  if (width > (whole ? MOST_ELEMENTS : MOST_ELEMENTS_OF_A_ROW)) {
    // Of what is sensitive no statistics either: the least of a row is one of its values.
    return { ...head, isColumns: false, features: redaction ? {} : featuresOf(byRow(tensor, kept, width), kept) };
  }
  const isColumns = shape.length > 0 && shape.length <= 2 && shape[0] === kept && kept > 0;
  return { ...head, isColumns, cells: cellTexts(tensor, kept * width, width, redaction, hash) };
}

/** As a row for each one that is kept, whatever its own shape is. */
const byRow = (tensor: NamedTensor, rows: number, width: number): NamedTensor => ({
  ...tensor,
  shape: [rows, width],
  data: tensor.data.slice(0, rows * width),
});

/** The rows of tensors side by side. */
function table(tensors: readonly WrittenTensor[], rows: number): string {
  const lines: string[] = [];
  for (let row = 0; row < rows; row++) {
    const cells = tensors.flatMap(({ cells = [], width }) => cells.slice(row * width, (row + 1) * width));
    lines.push(cells.map(({ text, isText }) => csvCell(text, isText)).join(','));
  }
  return lines.join('\n');
}

const described = (tensors: readonly WrittenTensor[]): string =>
  JSON.stringify(tensors.map(({ name, datatype, shape }) => ({ name, datatype, shape })));

/** As the Open Inference Protocol has it; `features` is ours. */
function tensorJson({ name, datatype, shape, cells, features }: WrittenTensor): string {
  const head = `{"name":${JSON.stringify(name)},"datatype":"${datatype}","shape":${JSON.stringify(shape)}`;
  return cells
    ? `${head},"data":[${cells.map(cellJson).join(',')}]}`
    : `${head},"features":${JSON.stringify(features)}}`;
}

function cellJson({ text, isText }: CellText): string {
  if (text === null) return 'null';
  // What a JSON number cannot say: infinities, and integers that readers would round.
  return isText || !isPlain(text) ? JSON.stringify(text) : text;
}

const isPlain = (text: string): boolean => {
  const value = Number(text);
  return Number.isFinite(value) && (!Number.isInteger(value) || Number.isSafeInteger(value) || text.includes('e'));
};

/** What a line says of its request besides the tensors. */
export interface EventMetadata {
  readonly id: string;
  readonly inferenceId?: string | undefined;
  readonly at: number;
  readonly model: string;
  readonly version: number;
  readonly target: string;
  readonly rows: number;
  readonly subject?: string | undefined;
  readonly feedback?: string | undefined;
  readonly redacted?: Readonly<Record<string, Redaction>> | undefined;
}

/** The whole line, without its end. */
export function lineOf(input: Side, output: Side, metadata: EventMetadata): string {
  const { id, inferenceId, at, ...own } = metadata;
  const event = JSON.stringify({ eventId: id, inferenceId, inferenceTime: new Date(at).toISOString() });
  const tensors = `${input.tensors ? `,"inputs":${input.tensors}` : ''}${output.tensors ? `,"outputs":${output.tensors}` : ''}`;
  const onnward = `${JSON.stringify({ format: 1, ...own }).slice(0, -1)}${tensors}}`;
  const data = `{"endpointInput":${input.text},"endpointOutput":${output.text}}`;
  return `{"captureData":${data},"eventMetadata":${event},"eventVersion":"0","onnward":${onnward}}`;
}

/** What is said of redactions; undefined where there are none. */
export const redactedOf = (redactions: Redactions): Readonly<Record<string, Redaction>> | undefined =>
  redactions.size > 0 ? redactionNames(redactions) : undefined;
