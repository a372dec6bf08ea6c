import { describe, expect, test } from 'vitest';
import type { JobStatus } from '#core/batch/jobs.ts';
import type { BatchManifest } from '#core/batch/plan.ts';
import { jobLines } from '../../bin/cli/batch-report.ts';

/** What is said of a job that has ended so. */
function linesOf(manifest: Partial<BatchManifest>, state: JobStatus['state'] = 'done'): string {
  const all = {
    rows: { in: 45, scored: 45, quarantined: 0, pending: 0 },
    parts: [],
    quarantine: [],
    pending: [],
    receipts: 1,
    ...manifest,
  };
  const progress = { shards: 1, scored: 45, quarantined: 0, seconds: 1 };
  const plan = { model: { name: 'iris', version: 1 }, shards: 1 };
  const status = { job: '0123456789abcdef', state, plan, manifest: all, progress } as unknown as JobStatus;
  return jobLines(status, 'file:/store', []).join('\n');
}

describe('how fast a job was', () => {
  test.each([
    ['12 ms and 45 rows say nothing', 0.012, 45, undefined],
    ['just under both', 0.999, 9_999, undefined],
    ['a second of work does', 1, 45, '  1 s of work at 900 rows/s, about $0.25 a million rows in AWS'],
    [
      'so do many rows, whose time is too short to be told',
      0.2,
      10_000,
      '  900 rows/s, about $0.25 a million rows in AWS',
    ],
  ])('%s', (_, seconds, scored, line) => {
    const rows = { in: scored, scored, quarantined: 0, pending: 0 };
    const lines = linesOf({ rows, seconds, rowsPerSecond: 900, usdPerMillionRows: 0.25 });
    if (line === undefined) expect(lines).not.toMatch(/rows\/s|\$/);
    else expect(lines.split('\n')).toContain(line);
  });

  test('is not told of one that scored nothing', () => {
    expect(linesOf({ seconds: 5 })).not.toContain('of work');
  });
});

describe('why shards are pending', () => {
  const reason = (code: string, shards: number) => ({ code, shards, message: `Because of ${code}.` });

  test('is told by code, and by the message of the first', () => {
    const lines = linesOf({ reasons: [reason('input.unreadable', 2), reason('model.failed', 1)] }, 'pending');
    expect(lines).toMatch(
      /\n {2}pending\n {4}input\.unreadable: 2 shards, of the first: Because of input\.unreadable\.\n {4}model\.failed: 1 shard, of the first: Because of model\.failed\.$/,
    );
  });

  test('is told of the five most frequent', () => {
    const reasons = Array.from({ length: 7 }, (_, index) => reason(`a.b${index}`, 7 - index));
    const lines = linesOf({ reasons }, 'pending').split('\n');
    expect(lines.filter((line) => line.includes('a.b'))).toHaveLength(5);
    expect(lines.at(-1)).toBe('    and 2 other reasons');
  });

  test('is nothing where nobody knows', () => {
    expect(linesOf({}, 'pending')).not.toMatch(/^ {2}pending/m);
  });
});
