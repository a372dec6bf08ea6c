import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { OnnwardError } from '#core/errors.ts';

/**
 * What words of the command line name, as a job names it: `s3://…` as it stands, and of this machine `file:` with an absolute
 * path, which ends in `/` where it is a folder. Throws `input.not_found`.
 */
export const namedInputs = (words: readonly string[]): Promise<string[]> => Promise.all(words.map(urlOf));

async function urlOf(word: string): Promise<string> {
  if (word.startsWith('s3://')) return word;
  const path = resolve(word.replace(/^file:/, ''));
  const found = await stat(path).catch((error: NodeJS.ErrnoException) => {
    throw error.code === 'ENOENT' || error.code === 'ENOTDIR' ? notFound(word) : error;
  });
  return `file:${path}${found.isDirectory() && !path.endsWith('/') ? '/' : ''}`;
}

const notFound = (word: string): OnnwardError =>
  new OnnwardError(`There is no ${word}.`, {
    code: 'input.not_found',
    kind: 'not-found',
    fix: 'Name a file, a folder, or s3://bucket/key.',
    fields: { url: word },
  });
