import type { SchemaElement } from 'hyparquet';
import { ByteWriter, ParquetWriter } from 'hyparquet-writer';
import { keptNames, rowShapeOf } from '#core/batch/output/columns.ts';
import type { OutputShape, PartWriter } from '#core/batch/world.ts';
import { invalid } from '#core/errors.ts';
import { DATATYPES, type Datatype } from '#core/model/datatypes.ts';
import { halfToNumber } from '#core/model/halves.ts';
import type { TensorSpec } from '#core/model/signature.ts';
import { elementCount, type Tensor } from '#core/model/tensor.ts';
import type { RowBatch } from '#core/scoring/rows.ts';

/** A row group ends with the batch that makes it so large, values, or so long, rows: by the rows alone, so that the same rows make the same bytes. */
const GROUP_VALUES = 2 ** 18;
const GROUP_ROWS = 65_536;

/**
 * Writes kept columns as texts, and each output as a column: of its datatype where it has one element a row, else a list of
 * them in row-major order. FP16 becomes FLOAT, which holds it exactly. Throws `batch.layout` where a line a row is asked
 * for, and `batch.outputs`.
 */
export function parquetWriter(shape: OutputShape): PartWriter {
  if (shape.aligned) {
    throw invalid(
      'batch.layout',
      "The layout 'sagemaker' has a line for every row of the input, and Parquet has no lines.",
      {
        fix: "Ask for the format 'jsonl' or 'csv', or leave the layout out.",
      },
    );
  }
  return new RowGroups(shape);
}

class RowGroups implements PartWriter {
  readonly #bytes = new ByteWriter();
  readonly #file: ParquetWriter;
  readonly #kept: readonly TextColumn[];
  readonly #outputs: readonly OutputColumn[];
  #rows = 0;

  constructor(shape: OutputShape) {
    this.#kept = keptNames(shape).map((name) => ({ name, values: [] }));
    this.#outputs = shape.signature.outputs.map((output) => new OutputColumn(output));
    const schema = [
      { name: 'root', num_children: this.#kept.length + this.#outputs.length },
      ...this.#kept.map(({ name }): SchemaElement => ({ name, ...TEXT, repetition_type: 'REQUIRED' })),
      ...this.#outputs.flatMap((column) => column.schema),
    ];
    this.#file = new ParquetWriter({ writer: this.#bytes, schema, createdBy: 'onnward' });
  }

  write(batch: RowBatch, outputs: readonly Tensor[]): void {
    const { kept, rows } = batch;
    for (const [index, { spec }] of this.#outputs.entries()) rowShapeOf(spec, outputs[index], batch);
    for (const [index, { values }] of this.#kept.entries()) append(values, kept[index] as readonly string[], rows);
    for (const [index, column] of this.#outputs.entries()) column.append(outputs[index] as Tensor, rows);
    this.#rows += rows;
    const values = this.#rows * (this.#kept.length + this.#outputs.reduce((sum, { elements }) => sum + elements, 0));
    if (values >= GROUP_VALUES || this.#rows >= GROUP_ROWS) this.#endGroup();
  }

  /** Bad rows are in quarantine alone. */
  bad(): void {}

  take(): Uint8Array {
    const bytes = new Uint8Array(this.#bytes.getBuffer());
    this.#bytes.index = 0;
    return bytes;
  }

  end(): Uint8Array {
    this.#endGroup();
    void this.#file.finish();
    return this.take();
  }

  #endGroup(): void {
    if (this.#rows === 0) return;
    const columns = [...this.#kept, ...this.#outputs];
    void this.#file.write({
      columnData: columns.map(({ name, values, encoding }) => ({ name, data: values, ...(encoding && { encoding }) })),
      rowGroupSize: this.#rows,
    });
    for (const { values } of columns) values.length = 0;
    this.#rows = 0;
  }
}

interface TextColumn {
  readonly name: string;
  readonly values: unknown[];
  readonly encoding?: undefined;
}

function append(values: unknown[], more: ArrayLike<unknown>, count: number): void {
  for (let index = 0; index < count; index++) values.push(more[index]);
}

/** One output: a value a row, or a list. */
class OutputColumn {
  readonly name: string;
  readonly values: unknown[] = [];
  /** The dictionary of the library takes -0 and 0, and all kinds of NaN, for the same. */
  readonly encoding: 'PLAIN' | undefined;
  readonly spec: TensorSpec;
  readonly #isList: boolean;
  readonly #read: (value: unknown) => unknown;
  /** Of a row, as far as is known. */
  elements = 1;

  constructor(spec: TensorSpec) {
    this.name = spec.name;
    this.spec = spec;
    this.encoding = DATATYPES[spec.datatype].family === 'float' ? 'PLAIN' : undefined;
    const row = spec.shape.slice(1);
    this.#isList = row.includes(-1) || elementCount(row) !== 1;
    this.#read = READ[spec.datatype] ?? ((value) => value);
  }

  get schema(): SchemaElement[] {
    const type = TYPES[this.spec.datatype];
    if (!this.#isList) return [{ name: this.name, ...type, repetition_type: 'REQUIRED' }];
    return [
      { name: this.name, repetition_type: 'REQUIRED', num_children: 1, ...LIST },
      { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
      { name: 'element', ...type, repetition_type: 'REQUIRED' },
    ];
  }

  /** The first `rows` of the tensor; those behind them fill it up. */
  append({ data, shape }: Tensor, rows: number): void {
    this.elements = data.length / (shape[0] || 1);
    for (let row = 0; row < rows; row++) {
      if (this.#isList) this.values.push(this.#listAt(data, row));
      else this.values.push(this.#read(data[row]));
    }
  }

  #listAt(data: Tensor['data'], row: number): unknown[] {
    const from = row * this.elements;
    return Array.from({ length: this.elements }, (_, index) => this.#read(data[from + index]));
  }
}

const LIST = { converted_type: 'LIST', logical_type: { type: 'LIST' } } as const;
const TEXT = { type: 'BYTE_ARRAY', converted_type: 'UTF8', logical_type: { type: 'STRING' } } as const;

const integer = (type: 'INT32' | 'INT64', converted_type: `${'U' | ''}INT_${8 | 16 | 32 | 64}`) =>
  ({ type, converted_type }) as const;

const TYPES: Readonly<Record<Datatype, Omit<SchemaElement, 'name'>>> = {
  BOOL: { type: 'BOOLEAN' },
  UINT8: integer('INT32', 'UINT_8'),
  UINT16: integer('INT32', 'UINT_16'),
  UINT32: integer('INT32', 'UINT_32'),
  UINT64: integer('INT64', 'UINT_64'),
  INT8: integer('INT32', 'INT_8'),
  INT16: integer('INT32', 'INT_16'),
  INT32: { type: 'INT32' },
  INT64: { type: 'INT64' },
  FP16: { type: 'FLOAT' },
  FP32: { type: 'FLOAT' },
  FP64: { type: 'DOUBLE' },
  BYTES: TEXT,
};

const READ: Readonly<Partial<Record<Datatype, (value: unknown) => unknown>>> = {
  BOOL: Boolean,
  FP16: (bits) => halfToNumber(bits as number),
};
