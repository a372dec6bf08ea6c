import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A file of what is staged: its path within the folder (`/` between segments), and its bytes or the file that has them. */
export interface StagedFile {
  readonly path: string;
  readonly from: string | Uint8Array;
}

/** What something is made from: the SHA-256 of each file, by a name that does not tell the machine. */
export type Inputs = ReadonlyMap<string, string>;

/** Lower-case hex SHA-256. */
export const hashOf = (bytes: Uint8Array | string): string => createHash('sha256').update(bytes).digest('hex');

/** Lower-case hex SHA-256; undefined where there is no such file. */
export const hashOfFile = (path: string): string | undefined =>
  existsSync(path) ? hashOf(readFileSync(path)) : undefined;

/** Names a set of inputs, whatever their order. */
export function hashOfAll(inputs: Inputs): string {
  const lines = Array.from(inputs, ([name, hash]) => `${hash}  ${name}\n`);
  return hashOf(lines.sort().join(''));
}

/** Paths of the files below a folder, in order, but for dot files. */
export function filesBelow(folder: string, inner = ''): string[] {
  return readdirSync(join(folder, inner), { withFileTypes: true })
    .filter(({ name }) => !name.startsWith('.'))
    .flatMap((entry) => {
      const path = inner ? `${inner}/${entry.name}` : entry.name;
      return entry.isDirectory() ? filesBelow(folder, path) : [path];
    })
    .sort();
}

/** Inputs of all files below a folder, named `name/…`. */
export const inputsBelow = (folder: string, name: string): Inputs =>
  new Map(filesBelow(folder).map((path) => [`${name}/${path}`, hashOfFile(join(folder, path)) ?? '']));
