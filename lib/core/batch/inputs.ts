import { invalid, OnnwardError } from '../errors.ts';
import type { InputReader, ObjectStat } from '../ports.ts';
import { formatOf } from '../scoring/format-of.ts';
import { splitInputUrl } from '../scoring/input-url.ts';
import { findObjects } from '../scoring/object-list.ts';
import type { ScoringInput } from '../scoring/shard.ts';
import { OPTIONS_SUFFIX } from './keys.ts';
import { decodeOptions, MAX_OPTIONS_BYTES, type BatchOptions } from './options.ts';
import type { BatchWorld } from './world.ts';

/** The tables of a job at most: each is a shard at least. */
const MAX_INPUTS = 10_000;

/**
 * What the URLs name, as it is now: a file; below a prefix, which ends in `/`, all tables; where there is none, all images
 * and tensors. What is named twice is read once. Throws `input.url`, `input.not_found`, `batch.no_format`, `batch.no_input`, `batch.too_many`.
 */
export async function findInputs(world: Pick<BatchWorld, 'inputs'>, urls: readonly string[]): Promise<ScoringInput[]> {
  const found = new Map<string, ScoringInput>();
  for (const url of urls) {
    const { store, key } = splitInputUrl(url);
    const reader = await world.inputs(store);
    const isPrefix = key === '' || key.endsWith('/');
    for (const input of isPrefix ? await below(reader, key) : [await one(reader, key)]) {
      found.set(JSON.stringify([input.store, input.key]), input);
    }
  }
  if (found.size > MAX_INPUTS) throw tooMany(found.size);
  return [...found.values()];
}

/** An object as an input; a picture is a prefix with one row. Throws `batch.no_format` where its name does not say how rows lie in it. */
export async function inputOf(reader: InputReader, key: string, { size, version }: ObjectStat): Promise<ScoringInput> {
  const format = formatOf(key);
  if (!format) throw noFormat(`${reader.url}/${key}`);
  const listed = format.format === 'objects' && (await findObjects(reader, key)).version;
  return { store: reader.url, key, size, version: listed || version, ...format };
}

async function one(reader: InputReader, key: string): Promise<ScoringInput> {
  const stat = await reader.stat(key);
  if (stat) return inputOf(reader, key, stat);
  throw new OnnwardError(`There is no ${reader.url}/${key}.`, {
    code: 'input.not_found',
    kind: 'not-found',
    fix: "Check the name; it is taken letter for letter. A prefix ends in '/'.",
    fields: { url: `${reader.url}/${key}` },
  });
}

async function below(reader: InputReader, prefix: string): Promise<ScoringInput[]> {
  const tables: ScoringInput[] = [];
  for await (const { key, ...stat } of reader.list(prefix)) {
    const format = formatOf(key);
    if (format && format.format !== 'objects') tables.push({ store: reader.url, key, ...stat, ...format });
  }
  if (tables.length > 0) return tables;
  const { rows, size, version } = await findObjects(reader, prefix);
  if (rows > 0) return [{ store: reader.url, key: prefix, size, version, format: 'objects' }];
  throw invalid('batch.no_input', `Below ${reader.url}/${prefix} is nothing that can be scored.`, {
    fix: `Put files there whose names end in ${ENDINGS}.`,
    fields: { url: `${reader.url}/${prefix}` },
  });
}

/** What is said beside an input, in `<key>.batch.json`; nothing where there is no such file. Throws `batch.options`. */
export async function readSidecar(reader: InputReader, key: string): Promise<BatchOptions> {
  const path = `${key}${OPTIONS_SUFFIX}`;
  const stat = await reader.stat(path);
  if (!stat) return {};
  const chunks = await Array.fromAsync(reader.read(path, stat, 0, Math.min(stat.size, MAX_OPTIONS_BYTES + 1)));
  return decodeOptions(Buffer.concat(chunks), `${reader.url}/${path}`);
}

const ENDINGS = '.csv, .jsonl, .ndjson or .parquet (the first three with .gz too), .png, .jpg, .bin or .raw';

const noFormat = (url: string): OnnwardError =>
  invalid('batch.no_format', `The name of ${url} does not say how rows lie in it.`, {
    fix: `Call it by what it is: ${ENDINGS}.`,
    fields: { url },
  });

const tooMany = (files: number): OnnwardError =>
  invalid('batch.too_many', `A job of ${files} files is more than the ${MAX_INPUTS} that one can have.`, {
    fix: 'Score a part of them at a time, or put them together into larger files.',
    fields: { files, limit: MAX_INPUTS },
  });
