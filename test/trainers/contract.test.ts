import { globSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { inRepository } from '../bin/cli.ts';

test('every trainer has the same contract.py', () => {
  const copies = globSync('trainers/*/contract.py', { cwd: inRepository('.') });
  expect(copies.length).toBeGreaterThan(1);
  const texts = copies.map((path) => readFileSync(inRepository(path), 'utf8'));
  expect(new Set(texts)).toEqual(new Set([readFileSync(inRepository('trainers/tabular/contract.py'), 'utf8')]));
});
