import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'vitest';
import {
  type DriftCases,
  expectCategories,
  expectDiscoveries,
  expectNumbers,
  expectTail,
} from '../core/monitoring/drift/reference.ts';

const SEEDS = [1, 2, 3];

/** Cases that scipy and Evidently have just made and judged, in a fresh process. */
function live(seed: number): DriftCases {
  const python = join(process.env['ONNWARD_CACHE'] ?? join(homedir(), '.cache/onnward'), 'evidently/bin/python');
  if (!existsSync(python)) throw new Error(`${python} is missing; run bench/drift/install.sh`);
  const output = execFileSync(python, [join(import.meta.dirname, 'drift_reference.py'), '--live', String(seed)], {
    env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1' },
    maxBuffer: 2 ** 28,
    timeout: 200_000,
  });
  return JSON.parse(output.toString()) as DriftCases;
}

describe.each(SEEDS)('seed %i', (seed) => {
  const { numbers, categories, tails, discoveries } = live(seed);
  test.each(numbers)('numbers, $name', expectNumbers);
  test.each(categories)('categories, $first and $second', expectCategories);
  test.each(tails)('by $d of $n', expectTail);
  test.each(discoveries)('adjusted: $p_values', expectDiscoveries);
});
