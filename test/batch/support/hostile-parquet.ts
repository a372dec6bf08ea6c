import { writeFileSync } from 'node:fs';
import { type ColumnChunk, type FileMetaData, parquetMetadata, type RowGroup } from 'hyparquet';
import { ByteWriter, parquetWriteBuffer } from 'hyparquet-writer';
import { writeMetadata } from 'hyparquet-writer/src/metadata.js';
import type { HostileFile, Outcome } from './hostile-files.ts';
import { noise } from './hostile-files.ts';

const ROWS = 1000;
const COLUMNS = ['sepal_length', 'sepal_width', 'petal_length', 'petal_width'];

/** A good file, in two row groups. */
const goodFile = (): Buffer =>
  Buffer.from(
    parquetWriteBuffer({
      columnData: COLUMNS.map((name, column) => ({
        name,
        data: Float32Array.from({ length: ROWS }, (_, row) => ((row * 7 + column * 13) % 80) / 10),
        type: 'FLOAT',
        nullable: false,
      })),
      rowGroupSize: ROWS / 2,
    }),
  );

/** The bytes of a footer's length, and the magic behind it. */
const TRAILER = 8;

const bodyOf = (file: Buffer): Buffer =>
  file.subarray(0, file.length - TRAILER - file.readUInt32LE(file.length - TRAILER));

/** A good file whose footer says something else. */
function lying(change: (metadata: FileMetaData) => FileMetaData) {
  return (path: string): void => {
    const file = goodFile();
    const bytes = new Uint8Array(file);
    const writer = new ByteWriter();
    writeMetadata(writer, change(parquetMetadata(bytes.buffer)));
    // The library writes the footer's length, too.
    writeFileSync(path, Buffer.concat([bodyOf(file), Buffer.from(writer.getBuffer()), Buffer.from('PAR1')]));
  };
}

const chunks =
  (change: (chunk: ColumnChunk) => ColumnChunk) =>
  (metadata: FileMetaData): FileMetaData => ({
    ...metadata,
    row_groups: metadata.row_groups.map((group) => ({ ...group, columns: group.columns.map(change) })),
  });

const pages = (fields: Partial<NonNullable<ColumnChunk['meta_data']>>) =>
  chunks((chunk) => ({ ...chunk, ...(chunk.meta_data && { meta_data: { ...chunk.meta_data, ...fields } }) }));

const groups =
  (change: (group: RowGroup) => RowGroup) =>
  (metadata: FileMetaData): FileMetaData => ({
    ...metadata,
    row_groups: metadata.row_groups.map(change),
  });

const REFUSED: Outcome = { refused: /^(input|batch)\./ };
const HUGE = 10n ** 15n;

const bytes = (change: (file: Buffer) => Buffer) => (path: string) => writeFileSync(path, change(goodFile()));

export const HOSTILE_PARQUET: readonly HostileFile[] = [
  { what: 'noise', name: 'noise.parquet', make: bytes(() => noise(100_000)), outcome: REFUSED },
  { what: 'nothing', name: 'nothing.parquet', make: bytes(() => Buffer.alloc(0)), outcome: REFUSED },
  { what: 'the magic alone', name: 'magic.parquet', make: bytes(() => Buffer.from('PAR1PAR1')), outcome: REFUSED },
  {
    what: 'a file that breaks off',
    name: 'half.parquet',
    make: bytes((file) => file.subarray(0, 2500)),
    outcome: REFUSED,
  },
  {
    what: 'a footer that is longer than the file',
    name: 'long-footer.parquet',
    make: bytes((file) => {
      file.writeUInt32LE(0xffff_fff0, file.length - TRAILER);
      return file;
    }),
    outcome: REFUSED,
  },
  {
    what: 'a footer of noise',
    name: 'noise-footer.parquet',
    make: bytes((file) => {
      noise(file.length - TRAILER - bodyOf(file).length).copy(file, bodyOf(file).length);
      return file;
    }),
    outcome: REFUSED,
  },
  {
    what: 'a footer that says 10^15 rows',
    name: 'rows.parquet',
    make: lying((metadata) => groups((group) => ({ ...group, num_rows: HUGE }))({ ...metadata, num_rows: HUGE * 2n })),
    outcome: REFUSED,
  },
  {
    what: 'a footer that says -1 rows',
    name: 'negative.parquet',
    make: lying((metadata) => groups((group) => ({ ...group, num_rows: -1n }))({ ...metadata, num_rows: -2n })),
    outcome: REFUSED,
  },
  {
    what: 'pages beyond the end',
    name: 'beyond.parquet',
    make: lying(pages({ data_page_offset: HUGE, dictionary_page_offset: HUGE - 100n })),
    outcome: REFUSED,
  },
  {
    what: 'column chunks of 10^15 bytes',
    name: 'chunks.parquet',
    make: lying(pages({ total_compressed_size: HUGE, total_uncompressed_size: HUGE })),
    outcome: REFUSED,
  },
  {
    what: 'column chunks of -1 bytes',
    name: 'minus.parquet',
    make: lying(pages({ total_compressed_size: -1n, total_uncompressed_size: -1n })),
    outcome: REFUSED,
  },
  {
    what: 'pages of noise',
    name: 'pages.parquet',
    make: bytes((file) => {
      noise(bodyOf(file).length - 4).copy(file, 4);
      return file;
    }),
    outcome: REFUSED,
  },
];
