import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isAbsent } from '../folder-errors.ts';

export const REQUIREMENTS = 'requirements.txt';

/** Another file that pip reads. Source: the reference of pip, "Requirements File Format". */
const INCLUDED = /^\s*(?:-r|-c|--requirement|--constraint)(?:\s+|=)(\S+)/gm;
/** The beginning of a line that names a package, by its name or by where it lies. */
const PACKAGE = /^\s*([A-Za-z0-9./][^\s;#=<>~!,[(@]*)/gm;

export interface Requirements {
  /** Of all files that they consist of. */
  readonly text: string;
  /** Packages, as they are written; without their versions. */
  readonly packages: readonly string[];
}

/** What a trainer's source needs installed; nothing where it does not say. */
export async function readRequirements(source: string): Promise<Requirements> {
  const texts = await included(join(source, REQUIREMENTS), new Set());
  const text = texts.join('\n');
  return { text, packages: Array.from(text.matchAll(PACKAGE), ([, name = '']) => name) };
}

async function included(path: string, seen: Set<string>): Promise<string[]> {
  if (seen.has(path)) return [];
  seen.add(path);
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    if (isAbsent(error)) return ''; // pip says so, if it is a file that another one names
    throw error;
  });
  const texts = [text];
  for (const [, name = ''] of text.matchAll(INCLUDED)) texts.push(...(await included(join(dirname(path), name), seen)));
  return texts;
}
