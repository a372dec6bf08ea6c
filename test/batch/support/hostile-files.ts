import { closeSync, ftruncateSync, openSync, truncateSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { makeFolder } from './laptop.ts';

/** Rows of iris as a well-meant file has them. */
export const HEADING = 'sepal_length,sepal_width,petal_length,petal_width\n';
export const ROW = '5.1,3.5,1.4,0.2\n';
const JSON_ROW = '{"sepal_length":5.1,"sepal_width":3.5,"petal_length":1.4,"petal_width":0.2}\n';
const JSON_LIST = (values: string): string => `{"features":[${values}]}\n`;

/** What may become of a file: the state that its job ends in, the rows that were counted; or the refusal's code. */
export type Outcome =
  | { readonly state: 'done' | 'failed'; readonly scored: number; readonly quarantined: number }
  | { readonly state: 'failed' }
  | { readonly refused: RegExp };

export interface HostileFile {
  readonly what: string;
  readonly name: string;
  /** Writes it; the path is that of `name`. */
  readonly make: (path: string) => void | Promise<void>;
  readonly options?: readonly string[];
  readonly outcome: Outcome;
}

const MEGABYTE = 2 ** 20;

const text = (content: string | Buffer) => (path: string) => writeFileSync(path, content);

/** Bytes that repeat only after a year, the same every time. */
export function noise(length: number, seed = 1): Buffer {
  const bytes = Buffer.alloc(length);
  let state = seed;
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    bytes[i] = state >>> 24;
  }
  return bytes;
}

/** `before`, then so many NUL bytes, which take no room on the disk, then `after`. */
const withHole = (before: string, hole: number, after: string) => (path: string) => {
  writeFileSync(path, before);
  truncateSync(path, before.length + hole);
  const file = openSync(path, 'a');
  writeSync(file, after);
  closeSync(file);
};

/** `before`, a line of one letter, and `after`. */
const withLine = (before: string, letter: string, length: number, after: string) => (path: string) => {
  const file = openSync(path, 'w');
  writeSync(file, before);
  const piece = Buffer.alloc(16 * MEGABYTE, letter);
  for (let left = length; left > 0; left -= piece.length) writeSync(file, piece, 0, Math.min(left, piece.length));
  writeSync(file, after);
  closeSync(file);
};

/** Members of gzip, one behind another, that unpack to `before` and so many times a megabyte of NUL bytes. */
const bomb = (before: string, megabytes: number) => (path: string) => {
  const member = gzipSync(Buffer.alloc(64 * MEGABYTE), { level: 9 });
  const file = openSync(path, 'w');
  writeSync(file, gzipSync(before));
  for (let left = megabytes; left > 0; left -= 64) writeSync(file, member);
  closeSync(file);
};

const good = (rows: number): string => HEADING + ROW.repeat(rows);

export const HOSTILE_CSV: readonly HostileFile[] = [
  { what: 'noise', name: 'noise.csv', make: text(noise(5 * MEGABYTE)), outcome: { refused: /^(input|batch)\./ } },
  {
    what: 'noise behind a heading',
    name: 'noise-behind.csv',
    make: text(Buffer.concat([Buffer.from(HEADING), noise(5 * MEGABYTE)])),
    outcome: { refused: /^batch\.all_bad$/ },
  },
  {
    what: 'one line of 1 GB, of NUL bytes, among good ones',
    name: 'hole.csv',
    make: withHole(good(1000), 1024 * MEGABYTE, `\n${ROW.repeat(1000)}`),
    outcome: { state: 'done', scored: 2000, quarantined: 1 },
  },
  {
    what: 'one line of 256 MB, of letters, and nothing else',
    name: 'line.csv',
    make: withLine('', 'a', 256 * MEGABYTE, ''),
    outcome: { refused: /^(input|batch)\./ },
  },
  {
    what: 'a quote that is never closed',
    name: 'quote.csv',
    make: withLine(`${good(1000)}"`, '1', 100 * MEGABYTE, `\n${ROW.repeat(1000)}`),
    outcome: { state: 'done', scored: 1000, quarantined: 1 },
  },
  {
    what: 'NUL bytes in cells',
    name: 'nul.csv',
    make: text(good(10) + ROW.replace('3.5', '3\0').repeat(3) + '\0\0\0\0\n'),
    options: ['--error-budget', '0.5'],
    outcome: { state: 'done', scored: 10, quarantined: 4 },
  },
  {
    what: 'a byte order mark',
    name: 'bom.csv',
    make: text(`\uFEFF${good(10)}`),
    outcome: { state: 'done', scored: 10, quarantined: 0 },
  },
  {
    what: 'both ends of line, and none at the end',
    name: 'ends.csv',
    make: text(`${HEADING.replace('\n', '\r\n')}${ROW}${ROW.replace('\n', '\r\n').repeat(2)}${ROW}${ROW.trimEnd()}`),
    outcome: { state: 'done', scored: 5, quarantined: 0 },
  },
  {
    what: 'every row bad',
    name: 'bad.csv',
    make: text(HEADING + 'x,y,z,?\n'.repeat(100_000)),
    outcome: { refused: /^batch\.all_bad$/ },
  },
  {
    what: 'a first row of rubbish that is longer than what is looked at before',
    name: 'first.csv',
    make: text(`${HEADING}${'x'.repeat(400_000)}\n${ROW.repeat(1000)}`),
    outcome: { state: 'done', scored: 1000, quarantined: 1 },
  },
  { what: 'nothing', name: 'nothing.csv', make: text(''), outcome: { refused: /^(input|batch)\./ } },
  {
    what: 'a heading and no row',
    name: 'heading.csv',
    make: text(HEADING),
    outcome: { state: 'done', scored: 0, quarantined: 0 },
  },
  {
    what: 'a million columns',
    name: 'columns.csv',
    make: text(`${Array.from({ length: 1e6 }, (_, i) => `c${i}`).join(',')}\n${'1,'.repeat(999_999)}1\n`),
    outcome: { refused: /^(input|batch)\./ },
  },
  {
    what: 'rows of a million cells',
    name: 'cells.csv',
    make: text(`${good(10)}${'1,'.repeat(1e6)}1\n`),
    options: ['--error-budget', '0.5'],
    outcome: { state: 'done', scored: 10, quarantined: 1 },
  },
  {
    what: 'numbers of 100,000 digits',
    name: 'digits.csv',
    make: text(`${good(1)}0.${'3'.repeat(100_000)},${'0'.repeat(100_000)}1,1.0,1.0\n1,1,1,1e${'9'.repeat(100_000)}\n`),
    options: ['--error-budget', '0.9'],
    outcome: { state: 'done', scored: 2, quarantined: 1 },
  },
  {
    what: 'lines of 7, 8 and 9 MB',
    name: 'long.csv',
    make: text(
      good(10) + [7, 8, 9].map((size) => `1,1,1,1.${'0'.repeat(size * MEGABYTE - 7)}\n`).join('') + ROW.repeat(10),
    ),
    options: ['--error-budget', '0.5'],
    outcome: { state: 'done', scored: 21, quarantined: 2 },
  },
  {
    what: 'columns that are called the same',
    name: 'same.csv',
    make: text(`a,a,a,a\n${ROW}`),
    outcome: { refused: /^(input|batch)\./ },
  },
];

export const HOSTILE_GZIP: readonly HostileFile[] = [
  {
    what: 'a bomb: 10 MB that unpack to a line of 10 GB',
    name: 'bomb.csv.gz',
    make: bomb(good(1000), 10_240),
    outcome: { refused: /^input\./ },
  },
  {
    what: 'gzip that breaks off',
    name: 'broken.csv.gz',
    make: (path) => writeFileSync(path, gzipSync(good(100_000)).subarray(0, 500)),
    outcome: { refused: /^input\./ },
  },
  { what: 'noise called gzip', name: 'noise.csv.gz', make: text(noise(MEGABYTE)), outcome: { refused: /^input\./ } },
  { what: 'nothing called gzip', name: 'nothing.csv.gz', make: text(''), outcome: { refused: /^(input|batch)\./ } },
];

const nested = (depth: number): string => `${'['.repeat(depth)}${']'.repeat(depth)}`;

export const HOSTILE_JSONL: readonly HostileFile[] = [
  { what: 'noise', name: 'noise.jsonl', make: text(noise(5 * MEGABYTE)), outcome: { refused: /^(input|batch)\./ } },
  {
    what: 'brackets, nested a million times',
    name: 'nested.jsonl',
    make: text(
      JSON_ROW.repeat(10) +
        `${nested(1e6)}\n{"features":${nested(1e6)}}\n{"x":${nested(1e6)}}\n${'{"a":'.repeat(1e6)}\n`,
    ),
    options: ['--error-budget', '0.5'],
    outcome: { state: 'done', scored: 10, quarantined: 4 },
  },
  {
    what: 'one line of 256 MB among good ones',
    name: 'line.jsonl',
    make: withLine(`${JSON_ROW.repeat(1000)}{"`, 'a', 256 * MEGABYTE, `\n${JSON_ROW.repeat(1000)}`),
    outcome: { state: 'done', scored: 2000, quarantined: 1 },
  },
  {
    what: 'values of another kind, missing, null, in a list',
    name: 'kinds.jsonl',
    make: text(
      JSON_ROW.repeat(10) +
        ['1', 'null', '[]', '{}', '"x"', '{"sepal_length":{}}'].join('\n') +
        `\n${JSON_ROW.replace('5.1', '"5.1"')}${JSON_ROW.replace('5.1', 'null')}${JSON_ROW.replace('5.1', 'NaN')}`,
    ),
    options: ['--error-budget', '0.9'],
    outcome: { state: 'done', scored: 10, quarantined: 9 },
  },
  {
    what: 'numbers of 100,000 digits',
    name: 'digits.jsonl',
    make: text(
      JSON_LIST(`0.${'3'.repeat(100_000)},1,1,1`) + JSON_LIST(`1,1,1,1e${'9'.repeat(100_000)}`) + JSON_LIST('1,2,3,4'),
    ),
    options: ['--error-budget', '0.9'],
    outcome: { state: 'done', scored: 2, quarantined: 1 },
  },
  { what: 'nothing', name: 'nothing.jsonl', make: text(''), outcome: { refused: /^(input|batch)\./ } },
  {
    what: 'empty lines alone',
    name: 'lines.jsonl',
    make: text('\n'.repeat(1000)),
    outcome: { refused: /^(input|batch)\./ },
  },
  {
    what: 'a byte order mark and both ends of line',
    name: 'bom.jsonl',
    make: text(`\uFEFF${JSON_ROW}${JSON_ROW.replace('\n', '\r\n')}${JSON_ROW}`),
    outcome: { state: 'done', scored: 3, quarantined: 0 },
  },
];

/** A folder, and what lies in it. */
export const rubbish = (folder: string): void => {
  makeFolder(join(folder, 'deep', '.git'));
  writeFileSync(join(folder, '.DS_Store'), noise(6000));
  writeFileSync(join(folder, 'deep', '.git', 'a.csv'), good(5));
  writeFileSync(join(folder, 'deep', 'readme.txt'), 'nothing to see');
  writeFileSync(join(folder, 'no-picture.png'), noise(6000));
  writeFileSync(join(folder, 'cut.jpg'), Buffer.from([0xff, 0xd8, 0xff, 0xe0]));
  writeFileSync(join(folder, 'empty.bin'), '');
  writeFileSync(join(folder, 'short.bin'), noise(15));
  writeFileSync(join(folder, 'long.raw'), noise(17));
  writeFileSync(join(folder, 'right.bin'), Buffer.from(Float32Array.of(5.1, 3.5, 1.4, 0.2).buffer));
  const sparse = openSync(join(folder, 'huge.bin'), 'w');
  ftruncateSync(sparse, 1024 * MEGABYTE);
  closeSync(sparse);
};
