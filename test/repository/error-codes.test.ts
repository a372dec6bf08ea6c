import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { documentedCodes, thrownCodes } from './error-codes.ts';
import { readSources, root } from './sources.ts';

const page = readFileSync(`${root}docs/reference/errors.md`, 'utf8');

test('every error code that can be thrown is in docs/reference/errors.md, and no other', () => {
  expect(documentedCodes(page)).toEqual(thrownCodes(readSources()));
});

test('each has its row once, with what it means and what to do', () => {
  const rows = page.split('\n').filter((line) => line.startsWith('| `'));
  expect(rows).toHaveLength(documentedCodes(page).length);
  for (const row of rows)
    expect(
      row
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
      row,
    ).toEqual(Array(4).fill(expect.stringMatching(/\S/)));
});

describe('codes are found', () => {
  const codes = (...texts: string[]) => thrownCodes(new Map(texts.map((text, index) => [`${index}.ts`, text])));
  const invalid = 'export const invalid = (code: string, message: string) => new OnnwardError(message, { code });';

  test('as a property, in a choice too', () => {
    expect(codes("throw new OnnwardError('', { code: 'store.precondition', kind: 'conflict' });")).toEqual([
      'store.precondition',
    ]);
    expect(codes("const options = { code: full ? 'disk.full' : 'disk.failed', kind: 'internal' };")).toEqual([
      'disk.failed',
      'disk.full',
    ]);
  });

  test('as the first argument of a helper, on a line of its own too, from any file', () => {
    expect(codes(invalid, "throw invalid('tensor.shape', '');", "throw invalid(\n  'model.corrupt',\n);")).toEqual([
      'model.corrupt',
      'tensor.shape',
    ]);
  });

  test('where a helper adds the area, in its own file', () => {
    const refused = "const refused = (what: string) =>\n  invalid(`artifact.${what}`, '');\n\nthrow refused('empty');";
    expect(codes(invalid, refused, "throw refused('elsewhere');")).toEqual(['artifact.empty']);
  });

  test('and nothing else is', () => {
    expect(codes(invalid, "readFile('manifest.json');\nname('a.b');\n// see 'c.d'")).toEqual([]);
  });
});
