/**
 * What reading rows costs by itself: MB/s and rows/s of one core, from bytes in memory to tensors. No model, no file.
 * `npx node bench/batch/rows.ts [PART OF A NAME]`
 */
import type { Datatype } from '#core/model/datatypes.ts';
import type { Signature } from '#core/model/signature.ts';
import type { InputReader } from '#core/ports.ts';
import { csvFormat } from '#core/scoring/csv.ts';
import type { Format, Source } from '#core/scoring/format.ts';
import { jsonlFormat } from '#core/scoring/jsonl.ts';
import { layoutOf } from '#core/scoring/layout.ts';

const BYTES = 64 * 2 ** 20;
/** As files and sockets give them. */
const CHUNK_BYTES = 256 * 1024;
const ROUNDS = 5;
/** Different rows; they are then repeated. */
const DISTINCT_BYTES = 2 * 2 ** 20;

const inflate = <T>(chunks: T): T => chunks;
const csv = csvFormat({ inflate });
const jsonl = jsonlFormat({ inflate });

const decimals = (count: number) => (): string => (Math.random() * 8).toFixed(count);
const pixel = (): string => (Math.random() < 0.8 ? '0' : String(Math.floor(Math.random() * 256)));
const some = (count: number, value: () => string, separator: string): string =>
  Array.from({ length: count }, value).join(separator);
const names = (count: number): string[] => Array.from({ length: count }, (_, index) => `c${index}`);
const object = (keys: readonly string[], value: () => string): string =>
  `{${keys.map((key) => `"${key}": ${value()}`).join(', ')}}`;

interface Case {
  readonly format: Format;
  readonly columns: number;
  readonly datatype?: Datatype;
  readonly heading?: readonly string[];
  readonly row: (index: number) => string;
}

const iris = ['sepal_length', 'sepal_width', 'petal_length', 'petal_width'];
const CASES: Readonly<Record<string, Case>> = {
  'csv, 4 floats': { format: csv, columns: 4, heading: iris, row: () => some(4, decimals(1), ',') },
  'csv, id and 4 floats': {
    format: csv,
    columns: 4,
    heading: ['id', ...iris],
    row: (index) => `${index},${some(4, decimals(1), ',')}`,
  },
  'csv, 784 floats, 3 digits': {
    format: csv,
    columns: 784,
    heading: names(784),
    row: () => some(784, decimals(3), ','),
  },
  'csv, 784 floats, 6 digits': {
    format: csv,
    columns: 784,
    heading: names(784),
    row: () => some(784, decimals(6), ','),
  },
  'csv, 784 pixels': { format: csv, columns: 784, heading: names(784), row: () => some(784, pixel, ',') },
  'csv, 784 INT64': {
    format: csv,
    columns: 784,
    datatype: 'INT64',
    heading: names(784),
    row: () => some(784, pixel, ','),
  },
  'csv, quotes in quotes': {
    format: csv,
    columns: 4,
    heading: ['id', ...iris],
    row: (index) => `"n ""${index}""",${some(4, decimals(1), ',')}`,
  },
  'jsonl, 4 keys': { format: jsonl, columns: 4, heading: iris, row: () => object(iris, decimals(1)) },
  'jsonl, lists of 4': { format: jsonl, columns: 4, row: () => `[${some(4, decimals(1), ', ')}]` },
  'jsonl, 784 in a key': {
    format: jsonl,
    columns: 784,
    heading: ['x'],
    row: () => `{"x": [${some(784, decimals(3), ', ')}]}`,
  },
  'jsonl, keys in two orders': {
    format: jsonl,
    columns: 4,
    heading: iris,
    row: (index) => object(index % 2 ? iris : iris.toReversed(), decimals(1)),
  },
};

function bytesOf({ format, heading, row }: Case): Buffer {
  const rows: string[] = [];
  for (let length = 0; length < DISTINCT_BYTES; length += rows.at(-1)!.length) rows.push(`${row(rows.length)}\n`);
  const block = Buffer.from(rows.join(''));
  const head = Buffer.from(format === csv && heading ? `${heading.join(',')}\n` : '');
  return Buffer.concat([head, ...Array<Buffer>(Math.ceil(BYTES / block.length)).fill(block)]);
}

function sourceOf(bytes: Buffer, { heading }: Case): Source {
  const reader: InputReader = {
    url: 'memory',
    stat: () => Promise.resolve(undefined),
    async *list() {},
    async *read(_key, _stat, start, end) {
      for (let at = start; at < end; at += CHUNK_BYTES) yield bytes.subarray(at, Math.min(end, at + CHUNK_BYTES));
    },
  };
  const input = { store: '', key: 'rows', size: bytes.length, version: '', format: 'csv' } as const;
  return { reader, input: { ...input, ...(heading && { heading }) } };
}

/** Seconds for all rows, and how many there are. */
async function timed(source: Source, { format, columns, datatype = 'FP32', heading }: Case): Promise<[number, number]> {
  const signature: Signature = { inputs: [{ name: 'x', datatype, shape: [-1, columns] }], outputs: [], unserved: [] };
  const layout = layoutOf(signature, heading, heading?.includes('id') ? { id: 'id' } : {}, columns);
  const part = { kind: 'range', start: 0, end: source.input.size, quoted: false } as const;
  const started = performance.now();
  let rows = 0;
  for await (const event of format.rows(source, { part, layout, batchRows: columns > 100 ? 64 : 1024 })) {
    if ('bad' in event) throw new Error(event.bad.message);
    rows += event.batch.rows;
  }
  return [(performance.now() - started) / 1000, rows];
}

console.log(`node ${process.version}; the best and the median of ${ROUNDS} rounds over ${BYTES / 1e6} MB`);
for (const [name, bench] of Object.entries(CASES).filter(([name]) => name.includes(process.argv[2] ?? ''))) {
  const source = sourceOf(bytesOf(bench), bench);
  const rounds: [number, number][] = [];
  for (let round = 0; round < ROUNDS; round++) rounds.push(await timed(source, bench));
  const seconds = rounds.map(([taken]) => taken).sort((a, b) => a - b);
  const [best, median] = [seconds[0] as number, seconds[ROUNDS >> 1] as number];
  const speed = (taken: number): string => (source.input.size / 1e6 / taken).toFixed(0).padStart(4);
  const rows = ((rounds[0]?.[1] ?? 0) / best / 1e6).toFixed(2);
  console.log(`${name.padEnd(28)} ${speed(best)} MB/s (${speed(median)}) ${rows.padStart(6)} million rows/s`);
}
