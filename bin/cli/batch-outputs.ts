import { createHash, randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { atMost } from '#core/at-most.ts';
import { outPrefix } from '#core/batch/keys.ts';
import type { OutputFormat } from '#core/batch/options.ts';
import type { BatchManifest, WrittenPart } from '#core/batch/plan.ts';
import { invalid, OnnwardError } from '#core/errors.ts';
import type { ObjectReader } from '#core/ports.ts';

/** Where outputs are to be put together. */
export type OutputTarget = { readonly kind: 'stdout' } | { readonly kind: 'file' | 'folder'; readonly path: string };

/** `-`, a folder (one that is there, or a name that ends in a slash), or a file. */
export async function outputTarget(word: string): Promise<OutputTarget> {
  if (word === '-') return { kind: 'stdout' };
  const found = await stat(word).catch(() => undefined);
  return { kind: found?.isDirectory() || /[\\/]$/.test(word) ? 'folder' : 'file', path: word };
}

/**
 * Brings the outputs of a job that is done where they were asked for: as they are into a folder, one behind the other into
 * a file or to stdout. Each is checked by its hash on the way. Throws `batch.part_changed`, `batch.not_one_file`.
 */
export async function bringOutputs(
  store: ObjectReader,
  { manifest, format }: { readonly manifest: BatchManifest; readonly format: OutputFormat },
  target: OutputTarget,
): Promise<void> {
  const parts = manifest.outputs ?? manifest.parts;
  if (target.kind === 'folder') {
    const prefix = outPrefix(manifest.model.name, manifest.job);
    for (const part of parts) await intoFile(checked(store, part), join(target.path, part.key.slice(prefix.length)));
    return;
  }
  if (format === 'parquet' && parts.length > 1) throw notOneFile(parts.length);
  // What Batch Transform leaves has no heading, and a line for each row.
  const headed = format === 'csv' && !manifest.outputs;
  if (headed) await expectOneHeading(store, manifest.parts);
  const bytes = together(store, parts, headed);
  if (target.kind === 'file') await intoFile(bytes, target.path);
  else for await (const chunk of bytes) await written(chunk);
}

/** Inputs that are checked at once. */
const AT_ONCE = 8;

/** Joined with inputs whose columns are others, or in another order, the rows of one would stand below the names of another. */
async function expectOneHeading(store: ObjectReader, parts: BatchManifest['parts']): Promise<void> {
  const first = parts.filter(({ input }, index) => index === 0 || input !== parts[index - 1]?.input);
  if (first.length < 2) return;
  const headings = await atMost(AT_ONCE, first, ({ key }) => headingOf(store.read(key)));
  const other = headings.findIndex((heading) => heading !== headings[0]);
  if (other !== -1) throw notOneTable(first[0]!.key, first[other]!.key);
}

/** One behind the other; of CSV the heading of the first alone. */
async function* together(
  store: ObjectReader,
  parts: readonly WrittenPart[],
  headed: boolean,
): AsyncIterable<Uint8Array> {
  for (const [index, part] of parts.entries()) {
    const bytes = checked(store, part);
    yield* headed && index > 0 ? withoutHeading(bytes) : bytes;
  }
}

const QUOTE = 34;
const LINE_FEED = 10;

/** A line break within quotes is one of a column's name. */
async function* withoutHeading(bytes: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  let quoted = false;
  let inHeading = true;
  for await (const chunk of bytes) {
    let at = 0;
    for (; inHeading && at < chunk.length; at++) {
      if (chunk[at] === QUOTE) quoted = !quoted;
      else if (chunk[at] === LINE_FEED && !quoted) inHeading = false;
    }
    if (at < chunk.length) yield chunk.subarray(at);
  }
}

async function headingOf(bytes: AsyncIterable<Uint8Array>): Promise<string> {
  const heading: Uint8Array[] = [];
  let quoted = false;
  for await (const chunk of bytes) {
    for (const [at, byte] of chunk.entries()) {
      if (byte === QUOTE) quoted = !quoted;
      if (byte !== LINE_FEED || quoted) continue;
      return Buffer.concat([...heading, chunk.subarray(0, at)]).toString('utf8');
    }
    heading.push(Uint8Array.from(chunk));
  }
  return Buffer.concat(heading).toString('utf8');
}

async function* checked(store: ObjectReader, { key, sha256 }: WrittenPart): AsyncIterable<Uint8Array> {
  const hash = createHash('sha256');
  for await (const chunk of store.read(key)) {
    hash.update(chunk);
    yield chunk;
  }
  if (hash.digest('hex') !== sha256) throw changed(key);
}

/** The file is there as a whole, or not at all. */
async function intoFile(bytes: AsyncIterable<Uint8Array>, path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const draft = join(dirname(path), `.${basename(path)}.${randomUUID()}.part`);
  try {
    await pipeline(bytes, createWriteStream(draft, { flags: 'wx' }));
    await rename(draft, path);
  } finally {
    await rm(draft, { force: true });
  }
}

const written = (chunk: Uint8Array): Promise<void> =>
  new Promise((resolve, reject) => {
    process.stdout.write(chunk, (error) => (error ? reject(error) : resolve()));
  });

const changed = (key: string): OnnwardError =>
  new OnnwardError(`${key} is not as it was scored: its SHA-256 is another one.`, {
    code: 'batch.part_changed',
    kind: 'corrupt',
    fix: 'Restore it from a backup; `onnward batches show JOB --verify` checks all of a job.',
    fields: { key },
  });

const notOneFile = (parts: number): OnnwardError =>
  invalid('batch.not_one_file', `${parts} files of Parquet cannot be put one behind the other.`, {
    fix: 'Give --output a folder, or ask for --format jsonl or csv.',
    fields: { parts },
  });

const notOneTable = (one: string, other: string): OnnwardError =>
  invalid('batch.not_one_file', `${one} and ${other} have other columns, and cannot be put below one heading.`, {
    fix: 'Give --output a folder, or ask for --format jsonl.',
    fields: { one, other },
  });
