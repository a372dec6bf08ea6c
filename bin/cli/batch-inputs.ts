import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { OnnwardError } from '#core/errors.ts';

/** An input as it was named, and as a job names it. */
export interface NamedInput {
  /** `s3://…`, or `file:` with an absolute path; of a folder it ends in `/`. */
  readonly url: string;
  /** Whether it lies on this machine. */
  readonly here: boolean;
}

/** What words of the command line name: files and folders of this machine, objects and prefixes of S3. Throws `input.not_found`. */
export const namedInputs = (words: readonly string[]): Promise<NamedInput[]> => Promise.all(words.map(namedInput));

async function namedInput(word: string): Promise<NamedInput> {
  if (word.startsWith('s3://')) return { url: word, here: false };
  const path = resolve(word.replace(/^file:/, ''));
  const found = await stat(path).catch((error: NodeJS.ErrnoException) => {
    throw error.code === 'ENOENT' ? notFound(word) : error;
  });
  return { url: `file:${path}${found.isDirectory() && !path.endsWith('/') ? '/' : ''}`, here: true };
}

const notFound = (word: string): OnnwardError =>
  new OnnwardError(`There is no ${word}.`, {
    code: 'input.not_found',
    kind: 'not-found',
    fix: 'Name a file, a folder, or s3://bucket/key.',
    fields: { url: word },
  });
