import { DATATYPES, type Datatype } from '../../model/datatypes.ts';
import { elementCount } from '../../model/tensor.ts';
import type { CapturedTensor, Cell, TensorFeatures } from './captured.ts';
import { cellOf } from './cells.ts';
import { type CsvCell, csvRows } from './csv.ts';
import type { Redaction } from './options.ts';

/** What a line says of a side's tensors, beside its table. */
export interface TensorHead {
  readonly name: string;
  readonly datatype: Datatype;
  readonly shape: readonly number[];
}

/** What is known of a side before its data is read. */
export interface SideReading {
  readonly rows: number;
  /** @default - the line is Model Monitor's own */
  readonly heads?: readonly TensorHead[] | undefined;
  readonly redacted: Readonly<Record<string, Redaction>>;
}

/** What the tensor of a table is called that tells of none. */
export const UNTOLD = { inputs: 'input', outputs: 'output' } as const;

type Json = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Undefined where it is no tensor that there could be. */
export function headOf(value: unknown): TensorHead | undefined {
  if (!isObject(value)) return undefined;
  const { name, datatype, shape } = value;
  if (typeof name !== 'string' || typeof datatype !== 'string' || !Object.hasOwn(DATATYPES, datatype)) return undefined;
  const isShape =
    Array.isArray(shape) && shape.length <= 32 && shape.every((size) => Number.isSafeInteger(size) && size >= 0);
  return isShape ? { name, datatype: datatype as Datatype, shape: shape as number[] } : undefined;
}

/** The tensors of JSON in the Open Inference Protocol's words; undefined where it is anything else. */
export function jsonTensors(
  data: unknown,
  member: string,
  { rows, redacted }: SideReading,
): CapturedTensor[] | undefined {
  const list = isObject(data) ? data[member] : undefined;
  if (!Array.isArray(list)) return undefined;
  const tensors = list.map((value: unknown) => tensorOf(value, rows, redacted));
  return tensors.every((tensor) => tensor !== undefined) ? tensors : undefined;
}

function tensorOf(value: unknown, rows: number, redacted: SideReading['redacted']): CapturedTensor | undefined {
  const head = headOf(value);
  if (!head) return undefined;
  const { data, features } = value as Json;
  if (data === undefined) return isFeatures(features, rows) ? { ...head, features: numbersOf(features) } : undefined;
  if (!Array.isArray(data) || data.length !== elementCount(head.shape)) return undefined;
  const cells = cellsOf(head, data, data.length / rows, redacted);
  return cells && { ...head, data: cells };
}

const isFeatures = (value: unknown, rows: number): value is Readonly<Record<string, (number | null)[]>> =>
  isObject(value) &&
  Object.values(value).every(
    (numbers) =>
      Array.isArray(numbers) &&
      numbers.length === rows &&
      numbers.every((number) => number === null || typeof number === 'number'),
  );

/** JSON has null for what is not a number. */
const numbersOf = (features: Readonly<Record<string, (number | null)[]>>): TensorFeatures =>
  Object.fromEntries(Object.entries(features).map(([name, numbers]) => [name, numbers.map((each) => each ?? NaN)]));

function cellsOf(
  { name, datatype }: TensorHead,
  values: readonly unknown[],
  width: number,
  redacted: SideReading['redacted'],
): Cell[] | undefined {
  const whole = redacted[name];
  const cells = values.map((value, index) =>
    cellOf({ value, datatype, redaction: redacted[`${name}[${index % width}]`] ?? whole }),
  );
  return cells.every((cell) => cell !== undefined) ? cells : undefined;
}

/** The tensors of a table, side by side as `heads` say; of Model Monitor's own one tensor, named `name`. */
export function csvTensors(data: string, name: string, reading: SideReading): CapturedTensor[] | undefined {
  const rows = csvRows(data);
  if (!rows) return undefined;
  if (reading.heads) return isTable(rows) ? ofHeads(rows, reading.heads, reading) : undefined;
  const table = rows.length > 1 && isEmpty(rows.at(-1) ?? []) ? rows.slice(0, -1) : rows;
  return isTable(table) ? [untold(table, name)] : undefined;
}

const isTable = (rows: readonly (readonly CsvCell[])[]): boolean => rows.every((row) => row.length === rows[0]?.length);

/** What stands behind a line break at the end. */
const isEmpty = (row: readonly CsvCell[]): boolean => row.length === 1 && row[0]?.text === '' && !row[0].quoted;

function ofHeads(
  table: readonly (readonly CsvCell[])[],
  heads: readonly TensorHead[],
  { rows, redacted }: SideReading,
): CapturedTensor[] | undefined {
  if (table.length !== rows) return undefined;
  const tensors: CapturedTensor[] = [];
  let start = 0;
  for (const head of heads) {
    const width = elementCount(head.shape) / rows;
    const values = table.flatMap((row) => row.slice(start, start + width).map(valueOf));
    const cells = values.length === elementCount(head.shape) ? cellsOf(head, values, width, redacted) : undefined;
    if (!cells) return undefined;
    tensors.push({ ...head, data: cells });
    start += width;
  }
  return start === table[0]?.length ? tensors : undefined;
}

const valueOf = ({ text, quoted }: CsvCell): string | null => (text === '' && !quoted ? null : text);

/** Nothing is known of its columns: those in which all are numbers are numbers. */
function untold(table: readonly (readonly CsvCell[])[], name: string): CapturedTensor {
  const columns = table[0]?.map((_, column) => table.every((row) => isNumber(row[column] as CsvCell))) ?? [];
  const data = table.flatMap((row) =>
    row.map((cell, column) => {
      const value = valueOf(cell);
      return value !== null && columns[column] ? Number(value) : value;
    }),
  );
  const datatype = columns.every(Boolean) ? 'FP64' : 'BYTES';
  return { name, datatype, shape: [table.length, columns.length], data };
}

const isNumber = (cell: CsvCell): boolean =>
  valueOf(cell) === null || (!cell.quoted && cell.text.trim() !== '' && Number.isFinite(Number(cell.text)));
