import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'vitest';
import { type DriftCases, expectCategories, expectDiscoveries, expectNumbers, expectTail } from './reference.ts';

/** Made by test/evaluation/drift_reference.py; the lane `evaluation` makes new ones each time. */
const FIXTURE = join(import.meta.dirname, '../../../fixtures/evaluation/drift.json');

describe('samples are as far apart as scipy and Evidently say', () => {
  const { numbers, categories, tails, discoveries } = JSON.parse(readFileSync(FIXTURE, 'utf8')) as DriftCases;
  test.each(numbers)('numbers, $name', expectNumbers);
  test.each(categories)('categories, $first and $second', expectCategories);
  test.each(tails)('by $d of $n', expectTail);
  test.each(discoveries)('adjusted: $p_values', expectDiscoveries);
});
