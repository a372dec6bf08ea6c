import { createHash } from 'node:crypto';
import { invalid, OnnwardError } from '../errors.ts';
import type { InputReader, ObjectStat } from '../ports.ts';

/** A file of a joined table, and where its rows stand in it. */
interface Part extends ObjectStat {
  readonly key: string;
  /** Of its first row, in the table. */
  readonly start: number;
  /** Bytes of its own heading, which is the table's. */
  readonly skipped: number;
}

interface Joined extends ObjectStat {
  readonly parts: readonly Part[];
  readonly heading: Buffer;
}

/** Bytes that a heading has at most. */
const LONGEST_HEADING = 2 ** 20;

const NEWLINE = 0x0a;

/**
 * The same reader, for which a key that ends in `/` is one table too: the CSV files below it in the order of their keys, with
 * the heading of the first. They have the same heading, and end with a line break. Its version is that of all of them up to
 * the last one: files that come behind it change nothing. Reading throws `input.heading`, `input.csv`, `input.changed`.
 */
export class JoinedTables implements InputReader {
  readonly url: string;
  readonly #reader: InputReader;
  readonly #found = new Map<string, Joined>();

  constructor(reader: InputReader) {
    this.url = reader.url;
    this.#reader = reader;
  }

  async stat(key: string, version?: string): Promise<ObjectStat | undefined> {
    if (!key.endsWith('/')) return this.#reader.stat(key, version);
    const joined = await this.#joined(key, version);
    return joined && { size: joined.size, version: joined.version };
  }

  async *read(key: string, stat: ObjectStat, start: number, end: number): AsyncIterable<Uint8Array> {
    if (!key.endsWith('/')) {
      yield* this.#reader.read(key, stat, start, end);
      return;
    }
    const joined = this.#found.get(`${key} ${stat.version}`) ?? (await this.#joined(key, stat.version));
    if (!joined) throw changed(`${this.url}/${key}`);
    for (const [index, part] of joined.parts.entries()) {
      const stop = joined.parts[index + 1]?.start ?? joined.size;
      if (part.start < end && stop > start) {
        yield* this.#readPart(joined, part, Math.max(start, part.start), Math.min(end, stop));
      }
    }
  }

  list(prefix: string): ReturnType<InputReader['list']> {
    return this.#reader.list(prefix);
  }

  async *#readPart({ heading }: Joined, part: Part, start: number, end: number): AsyncIterable<Uint8Array> {
    const [from, to] = [start, end].map((at) => at - part.start + part.skipped) as [number, number];
    // Whoever reads the first row looks at what is before it, and whoever reads the last one at its end.
    if (start === part.start && part.skipped > 0) await this.#checkHeading(part, heading);
    let last = NEWLINE;
    for await (const chunk of this.#reader.read(part.key, part, from, to)) {
      last = chunk.at(-1) ?? last;
      yield chunk;
    }
    if (to === part.size && last !== NEWLINE) throw noEnd(part.key);
  }

  async #checkHeading(part: Part, heading: Buffer): Promise<void> {
    const own = Buffer.concat(await Array.fromAsync(this.#reader.read(part.key, part, 0, part.skipped)));
    if (!own.equals(heading)) throw otherHeading(part.key, heading);
  }

  /** Undefined where there is none, or, with `version`, another one by now. */
  async #joined(prefix: string, version?: string): Promise<Joined | undefined> {
    const last = version?.slice(version.indexOf(':') + 1);
    const files: (ObjectStat & { readonly key: string })[] = [];
    for await (const file of this.#reader.list(prefix)) {
      if (last !== undefined && files.at(-1)?.key === prefix + last) break;
      if (file.key.endsWith('.csv') && file.size > 0) files.push(file);
    }
    const [first] = files;
    const found = first && versionOf(prefix, files);
    if (!first || (version !== undefined && version !== found)) return undefined;
    const heading = await this.#headingOf(first);
    const joined = joinedOf(files, heading, found as string);
    this.#found.set(`${prefix} ${joined.version}`, joined);
    return joined;
  }

  async #headingOf(first: ObjectStat & { readonly key: string }): Promise<Buffer> {
    const end = Math.min(first.size, LONGEST_HEADING);
    let read = Buffer.alloc(0);
    for await (const chunk of this.#reader.read(first.key, first, 0, end)) {
      read = Buffer.concat([read, chunk]);
      const at = read.indexOf(NEWLINE);
      if (at >= 0) return read.subarray(0, at + 1);
    }
    throw noEnd(first.key);
  }
}

function versionOf(prefix: string, files: readonly (ObjectStat & { readonly key: string })[]): string {
  const hash = createHash('sha256');
  for (const { key, size, version } of files) hash.update(`${JSON.stringify([key, size, version])}\n`);
  return `${hash.digest('hex').slice(0, 32)}:${files.at(-1)?.key.slice(prefix.length)}`;
}

function joinedOf(files: readonly (ObjectStat & { readonly key: string })[], heading: Buffer, version: string): Joined {
  let start = 0;
  const parts = files.map((file, index): Part => {
    const skipped = index === 0 ? 0 : heading.length;
    if (file.size < skipped) throw otherHeading(file.key, heading);
    const part = { ...file, start, skipped };
    start += file.size - skipped;
    return part;
  });
  return { parts, heading, size: start, version };
}

const otherHeading = (key: string, heading: Buffer): OnnwardError =>
  invalid(
    'input.heading',
    `'${key}' has not the heading of the files before it: ${heading.toString().trim().slice(0, 200)}`,
    {
      fix: 'Put files of other columns below another prefix.',
      fields: { key },
    },
  );

const noEnd = (key: string): OnnwardError =>
  invalid('input.csv', `The last line of '${key}' does not end.`, {
    fix: 'End each file that is part of a table with a line break.',
    fields: { key },
  });

const changed = (url: string): OnnwardError =>
  new OnnwardError(`The files below ${url} have changed since they were looked at.`, {
    code: 'input.changed',
    kind: 'conflict',
    fix: 'Begin again.',
    fields: { url },
  });
