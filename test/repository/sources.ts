import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../../', import.meta.url));

/** Text by path from the root, with `/`: every source that ships. */
export type Sources = ReadonlyMap<string, string>;

export function readSources(): Sources {
  const paths = globSync('{bin,lib,functions}/**/*.ts', { cwd: root }).map((path) => path.replaceAll('\\', '/'));
  return new Map(paths.sort().map((path) => [path, readFileSync(`${root}${path}`, 'utf8')]));
}
