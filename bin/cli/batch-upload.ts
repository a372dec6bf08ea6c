import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import { openInputs } from '#adapters/inputs.ts';
import { atMost } from '#core/at-most.ts';
import { OPTIONS_SUFFIX, uploadPrefix } from '#core/batch/keys.ts';
import { OnnwardError } from '#core/errors.ts';
import type { InputReader, ObjectStat, ObjectStore } from '#core/ports.ts';
import { isPrecondition } from '#core/registry/precondition.ts';
import { splitInputUrl } from '#core/scoring/input-url.ts';

/** Files that are read or sent at once. */
const AT_ONCE = 8;
/** Hex digits of a hash that name an upload. */
const DIGITS = 32;

interface Hashed {
  readonly key: string;
  readonly stat: ObjectStat;
  readonly sha256: string;
}

/**
 * Brings a file, or all of a folder (`file:…/`), to where a stage reads it, and gives its URL there. It is kept under the
 * hash of what it holds, and of the options beside it: the same files again are the same input, and are not sent again,
 * while options that have changed, or are gone, leave nothing of what they were.
 * Throws `input.not_found`, `input.changed`, `store.*`.
 */
export async function uploadInput(store: ObjectStore, model: string, url: string): Promise<string> {
  const { store: place, key } = splitInputUrl(url);
  const isFolder = url.endsWith('/');
  const reader = await openInputs(isFolder ? url : place);
  const files = isFolder ? await filesOf(reader) : await fileOf(reader, key);
  if (files.length === 0) throw notFound(url);
  const hashed = await atMost(AT_ONCE, files, (file) => hashOf(reader, file));
  const prefix = uploadPrefix(model, nameOf(hashed));
  await atMost(AT_ONCE, hashed, (file) => send(store, prefix, reader, file));
  const name = isFolder ? '' : basename(key);
  return `${store.url}/${prefix}${name}`;
}

type Found = Pick<Hashed, 'key' | 'stat'>;

const filesOf = async (reader: InputReader): Promise<Found[]> =>
  (await Array.fromAsync(reader.list(''))).map(({ key, size, version }) => ({ key, stat: { size, version } }));

/** The file, and behind it the options that lie beside it. */
async function fileOf(reader: InputReader, key: string): Promise<Found[]> {
  const both = [key, key + OPTIONS_SUFFIX];
  const stats = await Promise.all(both.map((each) => reader.stat(each)));
  if (!stats[0]) return [];
  return stats.flatMap((stat, index) => (stat ? [{ key: both[index]!, stat }] : []));
}

async function hashOf(reader: InputReader, { key, stat }: Found): Promise<Hashed> {
  const hash = createHash('sha256');
  for await (const chunk of reader.read(key, stat, 0, stat.size)) hash.update(chunk);
  return { key, stat, sha256: hash.digest('hex') };
}

/** One hash over the names and hashes of all files: two uploads share a prefix only where they hold the same. */
function nameOf(files: readonly Hashed[]): string {
  const text = files.map(({ key, sha256 }) => `${sha256} ${key}\n`).join('');
  return createHash('sha256').update(text).digest('hex').slice(0, DIGITS);
}

/** What is there is the same: it is named by its hash. */
async function send(store: ObjectStore, prefix: string, reader: InputReader, { key, stat }: Hashed): Promise<void> {
  try {
    await store.write(prefix + key, reader.read(key, stat, 0, stat.size), stat.size, { ifAbsent: true });
  } catch (error) {
    if (!isPrecondition(error)) throw error;
  }
}

const notFound = (url: string): OnnwardError =>
  new OnnwardError(`There is no file in ${url}.`, {
    code: 'input.not_found',
    kind: 'not-found',
    fix: 'Name a file, or a folder with files in it.',
    fields: { url },
  });
