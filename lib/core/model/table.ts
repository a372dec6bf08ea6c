import { invalid, type OnnwardError } from '../errors.ts';
import { DATATYPES } from './datatypes.ts';
import { JSON_NUMBER, jsonNumberOf } from './decimal.ts';
import type { Signature, TensorSpec } from './signature.ts';
import { elementCount } from './tensor.ts';

/** An input of an Open Inference Protocol request, as JSON text: 64-bit integers stay exact. */
interface Column {
  readonly input: TensorSpec;
  /** Which cells of a row are this input's, in order. */
  readonly cells: readonly number[];
}

/** Rows of one request where the model takes any number: a few MB of JSON at most. */
const ROWS_A_REQUEST = 1024;

/**
 * Turns the rows of a table (a CSV file) into bodies of Open Inference Protocol requests, as many rows in each as the
 * first dimension allows. The first row is a heading, but where all of it are numbers that the model takes.
 *
 * A table fits a model whose inputs are all columns ([-1] or [-1, 1]) named by the heading, or whose only input has as
 * many elements a row as there are columns, in order ([-1, 4]: four; [-1, 1, 8, 8]: 64). Throws `table.*`, naming row (from 1, the heading not counted) and column.
 */
export function* tableRequests(signature: Signature, table: readonly (readonly string[])[]): Generator<string> {
  const headless = table[0]?.every(isNumber) === true && signature.inputs.every(({ datatype }) => datatype !== 'BYTES');
  const rows = headless ? table : table.slice(1);
  if (rows.length === 0)
    throw invalid('table.empty', 'The table has no rows.', { fix: 'Give a heading and at least one row.' });
  const heading = headless ? rows[0]!.map((_, index) => `column ${index + 1}`) : table[0]!;
  const columns = matchColumns(signature, heading);
  const batch = batchRows(columns, rows.length);
  for (let start = 0; start < rows.length; start += batch) {
    const part = rows.slice(start, start + batch);
    yield `{"inputs":[${columns.map((column) => inputJson(column, part, start, heading)).join(',')}]}`;
  }
}

const isNumber = (cell: string): boolean => JSON_NUMBER.test(cell.trim());

function matchColumns(signature: Signature, heading: readonly string[]): Column[] {
  const { inputs } = signature;
  const named = inputs.map((input) => ({ input, cells: [heading.indexOf(input.name)] }));
  const all =
    heading.length === inputs.length && named.every(({ input, cells }) => cells[0] !== -1 && cellsOf(input, 1));
  if (all) return named;
  const [only] = inputs;
  if (inputs.length === 1 && cellsOf(only!, heading.length)) return [{ input: only!, cells: [...heading.keys()] }];
  throw mismatch(inputs, heading);
}

/** Whether a row of the input (its dimensions behind the first) has `count` elements; a lone -1 takes any number. */
function cellsOf({ shape }: TensorSpec, count: number): boolean {
  if (shape.length === 0) return false;
  const row = shape.slice(1);
  return row.length === 1 && row[0] === -1 ? true : elementCount(row) === count;
}

function mismatch(inputs: readonly TensorSpec[], heading: readonly string[]): OnnwardError {
  const takes = inputs.map(({ name, shape }) => `${name} [${shape.join(', ')}]`).join(', ');
  const shown = heading.slice(0, 8).join(', ') + (heading.length > 8 ? ', …' : '');
  return invalid('table.columns', `The table has ${heading.length} columns (${shown}); the model takes ${takes}.`, {
    fix: `Leave out what is no input, for example with --drop ${heading.at(-1)}.`,
    fields: { columns: heading.length },
  });
}

/** Rows of one request: what a fixed first dimension says, of every input alike. */
function batchRows(columns: readonly Column[], rows: number): number {
  const fixed = columns.map(({ input }) => input.shape[0]!).find((dimension) => dimension !== -1);
  if (fixed === undefined) return ROWS_A_REQUEST;
  if (fixed > 0 && rows % fixed === 0) return fixed;
  throw invalid('table.rows', `The table has ${rows} rows; the model takes ${fixed} at a time.`, {
    fix: `Give a multiple of ${fixed} rows, or export the model with a first dimension that may vary.`,
  });
}

function inputJson(
  { input, cells }: Column,
  rows: readonly (readonly string[])[],
  start: number,
  heading: readonly string[],
): string {
  const row = input.shape.slice(1);
  const shape = [rows.length, ...(row.length === 1 ? [cells.length] : row)];
  const data = rows.flatMap((row, index) =>
    cells.map((cell) => cellJson(input, row[cell]!, start + index + 1, heading[cell]!)),
  );
  const { name, datatype } = input;
  return `{"name":${JSON.stringify(name)},"datatype":"${datatype}","shape":[${shape.join(',')}],"data":[${data.join(',')}]}`;
}

/** Range and precision are the protocol's to check; here a cell only has to be of the right kind. */
function cellJson({ datatype }: TensorSpec, cell: string, row: number, column: string): string {
  const { family } = DATATYPES[datatype];
  const text = cell.trim();
  if (family === 'text') return JSON.stringify(cell);
  if (family === 'bool' && /^(true|false)$/i.test(text)) return text.toLowerCase();
  if (family === 'float' && /^nan$/i.test(text)) return 'null';
  const number = jsonNumberOf(text);
  if (number !== undefined) return number;
  const shown = text.length > 40 ? `${text.slice(0, 40)}…` : text;
  throw invalid('table.cell', `Row ${row}, column ${column}: '${shown}' is not ${EXPECTED[family]}.`, {
    fix: family === 'float' ? 'Write a number, or NaN for a value that is missing.' : 'Correct the cell.',
    fields: { row, column },
  });
}

const EXPECTED = { bool: 'true, false, 0 or 1', integer: 'a number', bigint: 'a number', float: 'a number' } as const;
