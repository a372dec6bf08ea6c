import type { InputFormat, ScoringInput } from './shard.ts';

type FormatOfKey = Pick<ScoringInput, 'format' | 'compression'>;

const TABLES: Readonly<Record<string, InputFormat>> = {
  csv: 'csv',
  jsonl: 'jsonl',
  ndjson: 'jsonl',
  parquet: 'parquet',
};

/** Pictures, and the bare elements of a tensor. */
const OBJECTS: ReadonlySet<string> = new Set(['png', 'jpg', 'jpeg', 'bin', 'raw']);

/**
 * How rows lie in an object, by the end of its name; large and small letters are the same. Undefined: it is no input, as
 * files whose name begins with a dot, and those of options. Parquet compresses by itself, so that none is a `.parquet.gz`.
 */
export function formatOf(key: string): FormatOfKey | undefined {
  const name = key.slice(key.lastIndexOf('/') + 1).toLowerCase();
  const [, ending = '', gzip] = /^[^.].*?\.([a-z]+)(\.gz)?$/s.exec(name) ?? [];
  if (OBJECTS.has(ending)) return gzip ? undefined : { format: 'objects' };
  const format = Object.hasOwn(TABLES, ending) ? TABLES[ending] : undefined;
  if (format === undefined || (gzip && format === 'parquet')) return undefined;
  return { format, ...(gzip && { compression: 'gzip' }) };
}
