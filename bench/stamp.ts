/**
 * Whether heavy results, committed as JSON with a `stamp`, are still those of their inputs: `node bench/stamp.ts FILE…`
 * names every input that has changed since, and ends with 1.
 */
import { createHash } from 'node:crypto';
import { globSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** The SHA-256 of every input that a committed result was made from, by pattern. */
export type Stamp = Readonly<Record<string, string>>;

/**
 * What a heavy result depends on: `patterns` are globs relative to `root` (`bench/peers/**`), or `name@package.json` for
 * the pinned version of one npm dependency. A pattern without a file is a mistake, and throws.
 */
export const stampOf = (root: string, patterns: readonly string[]): Stamp =>
  Object.fromEntries(patterns.map((pattern) => [pattern, digest(root, pattern)]));

/** The patterns whose files are no longer those that the stamp was made from; empty where it holds. */
export const staleInputs = (root: string, stamp: Stamp): string[] =>
  Object.entries(stampOf(root, Object.keys(stamp)))
    .filter(([pattern, sha256]) => stamp[pattern] !== sha256)
    .map(([pattern]) => pattern);

const DEPENDENCY = /^(.+)@package\.json$/;

function digest(root: string, pattern: string): string {
  const hash = createHash('sha256');
  const dependency = DEPENDENCY.exec(pattern)?.[1];
  if (dependency !== undefined) return hash.update(versionOf(root, dependency)).digest('hex');
  const paths = globSync(pattern, { cwd: root, exclude: (path) => path.includes('__pycache__') })
    .filter((path) => statSync(join(root, path)).isFile())
    .sort();
  if (paths.length === 0) throw new Error(`no file matches ${pattern} in ${root}`);
  for (const path of paths)
    hash.update(`${path}\0`).update(
      createHash('sha256')
        .update(readFileSync(join(root, path)))
        .digest(),
    );
  return hash.digest('hex');
}

function versionOf(root: string, dependency: string): string {
  const { dependencies, devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Record<
    string,
    Record<string, string> | undefined
  >;
  const version = dependencies?.[dependency] ?? devDependencies?.[dependency];
  if (version === undefined) throw new Error(`package.json has no dependency ${dependency}`);
  return version;
}

if (import.meta.main) {
  for (const path of process.argv.slice(2)) {
    const { stamp } = JSON.parse(readFileSync(path, 'utf8')) as { stamp?: Stamp };
    if (stamp === undefined) throw new Error(`${path} has no stamp`);
    const stale = staleInputs(join(import.meta.dirname, '..'), stamp);
    console.log(stale.length === 0 ? `${path} is up to date` : `${path} is stale: ${stale.join(', ')} changed`);
    if (stale.length > 0) process.exitCode = 1;
  }
}
