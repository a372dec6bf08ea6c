import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'vitest';
import {
  expectDistribution,
  expectMetrics,
  expectPaired,
  expectUnpaired,
  type MetricsCase,
  type StatisticsCases,
} from './reference.ts';

/** Made by test/evaluation/reference.py; the lane `evaluation` makes new ones each time. */
const fixture = (name: string) =>
  JSON.parse(readFileSync(join(import.meta.dirname, '../../fixtures/evaluation', `${name}.json`), 'utf8')) as unknown;

describe('metrics are what scikit-learn and fairlearn say', () => {
  test.each(fixture('metrics') as MetricsCase[])('$name', expectMetrics);
});

describe('statistics are what scipy and statsmodels say', () => {
  const { distributions, paired, unpaired } = fixture('statistics') as StatisticsCases;
  test.each(distributions)('distributions at $p, $z, $k of $n', expectDistribution);
  test.each(paired)('paired: $gained gained and $lost lost of $rows', expectPaired);
  test.each(unpaired)('unpaired: $first and $second', expectUnpaired);
});
