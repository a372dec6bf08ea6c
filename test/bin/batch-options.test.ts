import { describe, expect, test } from 'vitest';
import type { OnnwardError } from '#core/errors.ts';
import { jobOptionsOf } from '../../bin/cli/batch-options.ts';
import { formatCount, formatSeconds, progressLine, rowProgress } from '../../bin/cli/batch-progress.ts';

describe('options of a job', () => {
  test.each([
    [{}, {}],
    [{ columns: 'a,b c' }, { columns: ['a', 'b c'] }],
    [{ columns: '{"x":["a","b"],"y":"c"}' }, { columns: { x: ['a', 'b'], y: 'c' } }],
    [
      { drop: 'species', id: 'row', join: true },
      { drop: ['species'], id: 'row', join: true },
    ],
    [
      { format: 'parquet', missing: 'nan', exact: true },
      { format: 'parquet', missing: 'nan', exact: true },
    ],
    [
      { layout: 'sagemaker', format: 'csv' },
      { layout: 'sagemaker', format: 'csv' },
    ],
    [
      { 'error-budget': '0', 'cost-cap': '2.5', concurrency: '8' },
      { errorBudget: 0, costCap: 2.5, concurrency: 8 },
    ],
  ])('%o', (args, options) => {
    expect(jobOptionsOf(args)).toEqual(options);
  });

  test.each([
    [{ columns: 'a,,b' }, 'batch.options'],
    [{ columns: '{"x":' }, 'usage.not_json'],
    [{ columns: '{"x":1}' }, 'batch.options'],
    [{ layout: 'sagemaker', format: 'parquet' }, 'batch.options'],
    [{ 'error-budget': '1.5' }, 'batch.options'],
    [{ 'error-budget': ' ' }, 'usage.not_a_number'],
    [{ 'cost-cap': 'NaN' }, 'usage.not_a_number'],
    [{ concurrency: '0' }, 'batch.options'],
    [{ concurrency: '1.5' }, 'batch.options'],
    [{ concurrency: 'Infinity' }, 'usage.not_a_number'],
  ])('%o is refused', (args, code) => {
    const refusal = expect.objectContaining({ code, fix: expect.stringMatching(/\S/) }) as OnnwardError;
    expect(() => jobOptionsOf(args)).toThrow(refusal);
  });
});

describe('progress', () => {
  test('tells rows, speed, and what is left', () => {
    expect(progressLine(5_000, 10_000, 2_500)).toBe(
      `${'█'.repeat(12)}${'░'.repeat(12)} 50 %  5,000 of 10,000 rows  2,500 rows/s  2 s left`,
    );
    expect(progressLine(0, 10, 0)).toBe(`${'░'.repeat(24)} 0 %  0 of 10 rows`);
    expect(progressLine(0, 0, 0)).toContain('100 %');
  });

  const plan = (rows: number) => ({ estimate: { rows, exact: false, seconds: 1, usd: 0, rowsPerSecond: 1 } });
  const stream = (isTTY: boolean) => {
    const written: string[] = [];
    return { written, stream: { isTTY, write: (text: string) => written.push(text) } as unknown as NodeJS.WriteStream };
  };

  test('is one line that is written over, and gone at the end', () => {
    const { written, stream: terminal } = stream(true);
    const progress = rowProgress(plan(100), 10, false, terminal);
    expect(progress.shown).toBe(true);
    progress.update(150);
    progress.end();
    expect(written[0]).toContain('10 of 100 rows');
    expect(written[1]).toContain('100 %  150 of 150 rows');
    expect(written.at(-1)).toBe('\r\u001b[2K');
    expect(written.every((line) => line.startsWith('\r\u001b[2K'))).toBe(true);
  });

  test.each([
    ['in a pipe', false, false],
    ['with --json', true, true],
  ])('is silent %s', (_, isTTY, json) => {
    const { written, stream: out } = stream(isTTY);
    const progress = rowProgress(plan(100), 0, json, out);
    progress.update(50);
    progress.end();
    expect({ shown: progress.shown, written }).toEqual({ shown: false, written: [] });
  });

  test.each([
    [0.01, '1 s'],
    [89.5, '90 s'],
    [90, '2 min'],
    [5_399, '90 min'],
    [9_000, '2.5 h'],
    [360_000, '100 h'],
  ])('%d seconds are %s', (seconds, text) => {
    expect(formatSeconds(seconds)).toBe(text);
  });

  test('counts are grouped by thousands', () => {
    expect([0, 999, 1000, 1_234_567.8].map(formatCount)).toEqual(['0', '999', '1,000', '1,234,568']);
  });
});
