import type { Sources } from './sources.ts';

const CODE = /'([a-z]+(?:\.[a-z_0-9]+)+)'/g;

/** A function that makes errors: its first argument is a code, or what stands behind the area that it adds. */
interface Helper {
  readonly name: string;
  readonly file: string;
  readonly exported: boolean;
  readonly area?: string;
}

/**
 * Every error code that the sources can throw: what stands behind `code:`, and what is given to a helper such as
 * `invalid('area.what', …)`, or to one that adds the area (`` `area.${what}` ``).
 */
export function thrownCodes(sources: Sources): string[] {
  const helpers = [...sources].flatMap(([file, text]) => helpersOf(file, text));
  return unique(
    [...sources].flatMap(([file, text]) => [
      ...[...text.matchAll(/\bcode:[^,}]*/g)].flatMap(([place]) =>
        [...place.matchAll(CODE)].map(([, code]) => code as string),
      ),
      ...helpers.filter((helper) => helper.exported || helper.file === file).flatMap((helper) => givenTo(helper, text)),
    ]),
  );
}

/** The codes that a page has a row for: a table whose first cell is the code. */
export const documentedCodes = (page: string): string[] =>
  unique([...page.matchAll(/^\| `([a-z.0-9_]+)`/gm)].map(([, code]) => code as string));

function helpersOf(file: string, text: string): Helper[] {
  const definitions = text.matchAll(
    /(export )?(?:const|function) (\w+)(?: =)?(?: async)? ?\(\s*(\w+): string.*?(?=\n\n|$(?![^]))/gs,
  );
  return [...definitions].flatMap(([body, exported, name, parameter]) => {
    const area = new RegExp(`\`([a-z]+)\\.\\$\\{${parameter}\\}\``).exec(body)?.[1];
    if (area === undefined && parameter !== 'code') return [];
    return [{ name: name as string, file, exported: exported !== undefined, ...(area !== undefined && { area }) }];
  });
}

const givenTo = ({ name, area }: Helper, text: string): string[] =>
  [...text.matchAll(new RegExp(`\\b${name}\\(\\s*'([a-z_0-9.]+)'`, 'g'))].flatMap(([, given = '']) => {
    if (area !== undefined) return given.includes('.') ? [] : [`${area}.${given}`];
    return given.includes('.') ? [given] : [];
  });

const unique = (values: readonly string[]): string[] => [...new Set(values)].sort();
