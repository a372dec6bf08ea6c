import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
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

test('codes are found as properties and as the first argument of a helper', () => {
  const source = `
    export const invalid = (code: string, message: string) => new OnnwardError(message, { code, kind: 'invalid' });
    function refuse(code: string): never { throw invalid(code, ''); }
    throw new OnnwardError('', { code: 'store.precondition', kind: 'conflict' });
    throw invalid('tensor.shape', '');
    throw refuse(
      'model.corrupt',
    );
    readFile('manifest.json');`;
  expect(thrownCodes(new Map([['a.ts', source]]))).toEqual(['model.corrupt', 'store.precondition', 'tensor.shape']);
});
