import type { Sources } from './sources.ts';

const CODE = "'([a-z]+(?:\\.[a-z_0-9]+)+)'";

/**
 * Every error code that the sources can throw: `code: 'area.what'`, or the first argument of a function that takes
 * `code: string` first, as `invalid` does.
 */
export function thrownCodes(sources: Sources): string[] {
  const text = [...sources.values()].join('\n');
  const helpers = [...text.matchAll(/(?:const|function) (\w+)(?: =)?(?: async)? ?\(\s*code: string/g)].map(
    ([, name]) => name,
  );
  const pattern = new RegExp(`(?:\\bcode: |\\b(?:${helpers.join('|')})\\(\\s*)${CODE}`, 'g');
  return unique([...text.matchAll(pattern)].map(([, code]) => code as string));
}

/** The codes that a page has a row for: a table whose first cell is the code. */
export const documentedCodes = (page: string): string[] =>
  unique([...page.matchAll(/^\| `([a-z.0-9_]+)`/gm)].map(([, code]) => code as string));

const unique = (values: readonly string[]): string[] => [...new Set(values)].sort();
