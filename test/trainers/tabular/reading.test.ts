import { execFileSync } from 'node:child_process';
import { gzipSync } from 'node:zlib';
import { join } from 'node:path';
import { mkdirSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { Job, pythonOf } from '../optimize/job.ts';
import { HEADING, jobOn, provenanceOf, ROWS } from './tabular.ts';

test.each(['1', '2', '3'])('whatever the table, it is refused, or all its rows are accounted for (seed %s)', (seed) => {
  const fuzz = [join(import.meta.dirname, 'fuzz.py'), seed, '2000'];
  const counts = JSON.parse(execFileSync(pythonOf('tabular'), fuzz).toString()) as { read: number; refused: number };
  expect(counts.read).toBeGreaterThan(200);
  expect(counts.refused).toBeGreaterThan(200);
});

test('a compressed table is read as it is without', () => {
  const job = new Job('tabular').channel('training').hyperparameters({ label: 'diagnosis' });
  mkdirSync(join(job.base, 'input/data/training'), { recursive: true });
  const whole = gzipSync([HEADING, ...ROWS].join('\n'));
  writeFileSync(join(job.base, 'input/data/training/rows.csv.gz'), whole);
  expect(job.run()).toMatchObject({ code: 0 });
  expect(provenanceOf(job)).toMatchObject({ data: { rows: ROWS.length, source: 'rows.csv.gz' } });

  writeFileSync(join(job.base, 'input/data/training/rows.csv.gz'), whole.subarray(0, 1000));
  expect(job.run()).toMatchObject({ code: 1 });
  expect(job.failure).toMatch(/^rows\.csv\.gz is no CSV in UTF-8: /);
});

test('a fault of its own is told by its last line, and all of it is printed', () => {
  const job = jobOn([HEADING, ...ROWS]);
  writeFileSync(join(job.base, 'input/config/hyperparameters.json'), '{');
  const { code, output } = job.run();
  expect({ code, failure: job.failure }).toEqual({ code: 1, failure: expect.stringMatching(/^JSONDecodeError: /) });
  expect(output).toContain('Traceback');
});
