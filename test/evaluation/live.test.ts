import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'vitest';
import {
  expectDistribution,
  expectMetrics,
  expectPaired,
  expectUnpaired,
  type MetricsCase,
  type StatisticsCases,
} from '../core/evaluation/reference.ts';

const SEEDS = [1, 2, 3];

interface Live {
  readonly metrics: readonly MetricsCase[];
  readonly statistics: StatisticsCases;
}

/** Cases that the Python libraries have just made and judged, in a fresh process. */
function live(seed: number): Live {
  const python = join(process.env['ONNWARD_CACHE'] ?? join(homedir(), '.cache/onnward'), 'evaluation/bin/python');
  if (!existsSync(python)) throw new Error(`${python} is missing; run test/evaluation/install.sh`);
  const output = execFileSync(python, [join(import.meta.dirname, 'reference.py'), '--live', String(seed)], {
    env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1' },
    maxBuffer: 2 ** 28,
    timeout: 200_000,
  });
  return JSON.parse(output.toString()) as Live;
}

describe.each(SEEDS)('seed %i', (seed) => {
  const { metrics, statistics } = live(seed);
  test.each(metrics)('metrics of $name', expectMetrics);
  test.each(statistics.distributions)('distributions at $p, $z, $k of $n', expectDistribution);
  test.each(statistics.paired)('paired: $gained gained and $lost lost of $rows', expectPaired);
  test.each(statistics.unpaired)('unpaired: $first and $second', expectUnpaired);
});
