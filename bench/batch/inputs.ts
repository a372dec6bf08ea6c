import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { CACHE, command, install, programs } from '../cache.ts';

/** What is scored. `objects`: one file a row, in a folder. */
export const INPUT_KINDS = [
  'iris.csv',
  'iris.jsonl',
  'iris.parquet',
  'mlp.csv',
  'mlp.jsonl',
  'cnn-bytes.parquet',
  'cnn-lists.parquet',
  'cnn-objects',
] as const;
export type InputKind = (typeof INPUT_KINDS)[number];

export const ENVIRONMENT = 'batch';
export const REQUIREMENTS = join(import.meta.dirname, 'requirements.txt');

/** Elements of one image, three channels of 128x128. */
const IMAGE_ELEMENTS = 3 * 128 * 128;

/** Distinct rows of a text; the file repeats them, each time with the next `id`. */
const DISTINCT_ROWS = 4096;
const WRITE_BYTES = 4 * 2 ** 20;

/** Bytes of a row of a Parquet file, about; texts are filled up to their size. */
const PARQUET_ROW_BYTES = { 'iris.parquet': 24, 'cnn-bytes.parquet': 196_616, 'cnn-lists.parquet': 196_616 } as const;

/** Measurements have one decimal and pixels six, as they are exported. */
const MEASUREMENTS = { columns: ['sepal_length', 'sepal_width', 'petal_length', 'petal_width'], most: 8, decimals: 1 };
const PIXELS = { columns: Array.from({ length: 784 }, (_, i) => `p${i}`), most: 1, decimals: 6 };

const member = (value: string, i: number): string => `"${MEASUREMENTS.columns[i]}":${value}`;

/** The path of an input of about `megabytes`, which is made where it is not there yet: the same bytes every time. */
export async function makeInput(kind: InputKind, megabytes: number): Promise<string> {
  const folder = join(CACHE, 'bench-inputs', generation());
  const path = join(folder, `${megabytes}-${kind}`);
  if (existsSync(path)) return path;
  mkdirSync(folder, { recursive: true });
  console.log(`making ${megabytes} MB of ${kind} (once)`);
  const unfinished = `${path}.part`;
  rmSync(unfinished, { recursive: true, force: true });
  await make(kind, megabytes * 1e6, unfinished);
  renameSync(unfinished, path);
  return path;
}

/** Files of another generator are other files. */
const generation = (): string =>
  ['inputs.ts', 'inputs.py']
    .reduce((hash, name) => hash.update(readFileSync(join(import.meta.dirname, name))), createHash('sha256'))
    .digest('hex')
    .slice(0, 8);

async function make(kind: InputKind, bytes: number, path: string): Promise<void> {
  switch (kind) {
    case 'iris.csv':
      return writeText(path, bytes, { ...MEASUREMENTS, isCsv: true, row: (values) => values.join(',') });
    case 'mlp.csv':
      return writeText(path, bytes, { ...PIXELS, isCsv: true, row: (values) => values.join(',') });
    case 'iris.jsonl':
      return writeText(path, bytes, { ...MEASUREMENTS, isCsv: false, row: (values) => values.map(member).join(',') });
    case 'mlp.jsonl':
      return writeText(path, bytes, { ...PIXELS, isCsv: false, row: (values) => `"input":[${values.join(',')}]` });
    case 'cnn-objects':
      return writeObjects(path, bytes);
    default: {
      await install(ENVIRONMENT, REQUIREMENTS);
      const rows = Math.ceil(bytes / PARQUET_ROW_BYTES[kind]);
      const script = join(import.meta.dirname, 'inputs.py');
      await command(join(programs(ENVIRONMENT), 'python'), [script, kind.replace('.parquet', ''), `${rows}`, path]);
    }
  }
}

interface TextShape {
  readonly columns: readonly string[];
  readonly most: number;
  readonly decimals: number;
  readonly isCsv: boolean;
  /** What stands behind the id. */
  readonly row: (values: readonly string[]) => string;
}

/** Rows until the file has so many bytes. */
async function writeText(
  path: string,
  bytes: number,
  { columns, most, decimals, isCsv, row }: TextShape,
): Promise<void> {
  const random = randomFrom(7);
  const values = (): string[] => columns.map(() => (random() * most).toFixed(decimals));
  const rows = Array.from({ length: DISTINCT_ROWS }, () => row(values()));
  const [before, after] = isCsv ? ['', '\n'] : ['{"id":', '}\n'];
  const file = await open(path, 'w');
  try {
    let pending = isCsv ? `id,${columns.join(',')}\n` : '';
    for (let id = 0, written = 0; written < bytes; id++) {
      pending += `${before}${id},${rows[id % DISTINCT_ROWS]}${after}`;
      if (pending.length < Math.min(WRITE_BYTES, bytes - written)) continue;
      written += (await file.write(pending)).bytesWritten;
      pending = '';
    }
  } finally {
    await file.close();
  }
}

/** Raw float32 images, a file each. */
async function writeObjects(folder: string, bytes: number): Promise<void> {
  mkdirSync(folder);
  const random = randomFrom(7);
  const image = new Float32Array(IMAGE_ELEMENTS);
  for (let row = 0; row * image.byteLength < bytes; row++) {
    for (let i = 0; i < image.length; i++) image[i] = random();
    const file = await open(join(folder, `${String(row).padStart(6, '0')}.bin`), 'w');
    await file.write(new Uint8Array(image.buffer));
    await file.close();
  }
}

/** Numerical Recipes' generator: plenty for filler, and the same everywhere. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}
