import { ByteWriter, ParquetWriter } from 'hyparquet-writer';
import { snappyCompress } from 'hyparquet-writer/src/snappy.js';
import { serializeTCompactProtocol } from 'hyparquet-writer/src/thrift.js';
import { isScalar, keptNames, rowShapeOf } from '#core/batch/output/columns.ts';
import type { OutputShape, PartWriter } from '#core/batch/world.ts';
import { invalid } from '#core/errors.ts';
import type { Tensor } from '#core/model/tensor.ts';
import type { RowBatch } from '#core/scoring/rows.ts';
import { ParquetColumn } from './parquet-column.ts';

/** A row group ends with the batch that makes it so large, values, or so long, rows: by the rows alone, so that the same rows make the same bytes. */
const GROUP_VALUES = 2 ** 18;
const GROUP_ROWS = 65_536;
/** Of texts a few may be enough. */
const GROUP_BYTES = 32 * 2 ** 20;

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

/**
 * The library writes what frames a file; the pages are ours: it takes rows as JavaScript's values, which costs seven times
 * the time of a copy of the tensor's bytes, and twice the memory of all else.
 */
class RowGroups implements PartWriter {
  readonly #bytes = new ByteWriter();
  readonly #file: ParquetWriter;
  readonly #shape: OutputShape;
  readonly #kept: readonly ParquetColumn[];
  readonly #outputs: readonly ParquetColumn[];
  #rows = 0;
  #values = 0;

  constructor(shape: OutputShape) {
    this.#shape = shape;
    this.#kept = keptNames(shape).map((name) => new ParquetColumn(name, 'BYTES', false));
    this.#outputs = shape.signature.outputs.map((spec) => new ParquetColumn(spec.name, spec.datatype, !isScalar(spec)));
    const columns = this.#columns;
    const schema = [{ name: 'root', num_children: columns.length }, ...columns.flatMap((column) => column.schema)];
    this.#file = new ParquetWriter({ writer: this.#bytes, schema, createdBy: 'onnward' });
  }

  write(batch: RowBatch, outputs: readonly Tensor[]): void {
    const { rows, kept } = batch;
    for (const [index, spec] of this.#shape.signature.outputs.entries()) rowShapeOf(spec, outputs[index], batch);
    for (const [index, column] of this.#kept.entries()) column.append(kept[index] as readonly string[], rows, 1);
    for (const [index, column] of this.#outputs.entries()) {
      const { data, shape } = outputs[index] as Tensor;
      const elements = data.length / (shape[0] || 1);
      column.append(data, rows, elements);
      this.#values += rows * elements;
    }
    this.#rows += rows;
    this.#values += rows * this.#kept.length;
    const bytes = this.#columns.reduce((sum, { size }) => sum + size, 0);
    if (this.#values >= GROUP_VALUES || this.#rows >= GROUP_ROWS || bytes >= GROUP_BYTES) this.#endGroup();
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

  get #columns(): readonly ParquetColumn[] {
    return [...this.#kept, ...this.#outputs];
  }

  #endGroup(): void {
    if (this.#rows === 0) return;
    const begin = this.#bytes.offset;
    const columns = this.#columns.map((column) => this.#writeChunk(column));
    const num_rows = BigInt(this.#rows);
    const unpacked = columns.reduce((sum, { meta_data }) => sum + meta_data.total_uncompressed_size, 0n);
    const total_compressed_size = BigInt(this.#bytes.offset - begin);
    this.#file.row_groups.push({ columns, num_rows, total_byte_size: unpacked, total_compressed_size });
    this.#file.num_rows += num_rows;
    this.#rows = 0;
    this.#values = 0;
  }

  /** One page behind its header. */
  #writeChunk(column: ParquetColumn) {
    const begin = this.#bytes.offset;
    const { entries, bytes } = column.take();
    const packed = snappyCompress(bytes);
    serializeTCompactProtocol(this.#bytes, pageHeader(bytes.length, packed.length, entries));
    const header = this.#bytes.offset - begin;
    this.#bytes.appendBytes(packed);
    return {
      file_offset: BigInt(begin),
      meta_data: {
        type: column.type,
        encodings: ['PLAIN' as const, 'RLE' as const],
        path_in_schema: column.path,
        codec: 'SNAPPY' as const,
        num_values: BigInt(entries),
        total_uncompressed_size: BigInt(header + bytes.length),
        total_compressed_size: BigInt(header + packed.length),
        data_page_offset: BigInt(begin),
      },
    };
  }
}

const [DATA_PAGE, PLAIN, RLE] = [0, 0, 3];

/** `PageHeader` of parquet.thrift, by the numbers of its fields, with a `DataPageHeader` in it. */
const pageHeader = (unpacked: number, packed: number, entries: number) => ({
  field_1: DATA_PAGE,
  field_2: unpacked,
  field_3: packed,
  field_5: { field_1: entries, field_2: PLAIN, field_3: RLE, field_4: RLE },
});
