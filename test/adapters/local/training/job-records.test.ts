import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type JobRecord, JobRecords } from '#adapters/local/training/job-records.ts';
import { newFolder } from '../../../support/folders.ts';

/** No process has it: it is above what Linux gives. */
const NOBODY = 2 ** 22 + 1;
const nameOf = (host: string, pid: number): string => `${host}.${pid}.${randomUUID()}`;
const GONE = nameOf(hostname(), NOBODY);

const recordOf = (id: string, supervisor: string): JobRecord => ({
  training: { training: id } as JobRecord['training'],
  store: 'file:/store',
  folder: '/source',
  cacheFolder: '/cache',
  graceSeconds: 120,
  attempts: 1,
  forgiven: 0,
  startedAt: 1,
  ranMs: 0,
  supervisor,
  pid: 1,
});

async function withRecord(id: string, supervisor: string, days = 0): Promise<JobRecords> {
  const records = new JobRecords(join(newFolder(), 'cache'), 'file:/store');
  await keep(records, id, supervisor, days);
  return records;
}

async function keep(records: JobRecords, id: string, supervisor: string, days = 0): Promise<void> {
  await records.locked(() => records.write(recordOf(id, supervisor)));
  mkdirSync(records.workingFolder(id), { recursive: true });
  writeFileSync(records.supervisorLog(id), '');
  touch(records.recordPath(id), days * 86_400);
}

function touch(path: string, seconds: number): void {
  const at = new Date(Date.now() - seconds * 1000);
  utimesSync(path, at, at);
}

describe('the record of a job', () => {
  test('is read as it was written', async () => {
    const records = await withRecord('a-t1', GONE);
    expect(await records.read('a-t1')).toEqual(recordOf('a-t1', GONE));
    await records.update('a-t1', { failure: 'no' });
    expect(await records.read('a-t1')).toEqual({ ...recordOf('a-t1', GONE), failure: 'no' });
  });

  test('is none where there is none, or half of one', async () => {
    const records = await withRecord('a-t1', GONE);
    expect(await records.read('a-t2')).toBeUndefined();
    await records.update('a-t2', { failure: 'no' });
    expect(await records.read('a-t2')).toBeUndefined();
    writeFileSync(records.recordPath('a-t1'), '{"training":');
    expect(await records.read('a-t1')).toBeUndefined();
  });

  test('is of one store: another one has jobs of the same name', async () => {
    const cache = newFolder();
    const [one, other] = [new JobRecords(cache, 'file:/one'), new JobRecords(cache, 'file:/other')];
    await keep(one, 'a-t1', GONE);
    expect([await one.read('a-t1'), await other.read('a-t1')]).toEqual([recordOf('a-t1', GONE), undefined]);
    expect(one.workingFolder('a-t1')).not.toBe(other.workingFolder('a-t1'));
  });
});

describe('a supervisor', () => {
  test.each([
    ['that is there is alive', nameOf(hostname(), process.ppid), 3600, true],
    ['that is gone is not', GONE, 0, false],
    ['of another machine is alive as long as it touches its record', nameOf('elsewhere', NOBODY), 50, true],
    ['of another machine that has not for a minute is gone', nameOf('elsewhere', NOBODY), 70, false],
  ])('%s', async (_, supervisor, seconds, alive) => {
    const records = await withRecord('a-t1', supervisor);
    touch(records.recordPath('a-t1'), seconds);
    expect(await records.isAlive(recordOf('a-t1', supervisor))).toBe(alive);
  });
});

describe('the time at work', () => {
  const MINUTE = 60_000;

  test('goes on as long as a supervisor is there, on top of what those before it had', async () => {
    const supervisor = nameOf(hostname(), process.ppid);
    const records = await withRecord('a-t1', supervisor);
    touch(records.recordPath('a-t1'), 5);
    const record = { ...recordOf('a-t1', supervisor), startedAt: Date.now() - 2 * MINUTE, ranMs: MINUTE };
    expect(await records.ranMs(record)).toBeCloseTo(3 * MINUTE, -3);
  });

  test('of one that was killed ends where it was seen last', async () => {
    const records = await withRecord('a-t1', GONE);
    touch(records.recordPath('a-t1'), 90);
    const record = { ...recordOf('a-t1', GONE), startedAt: Date.now() - 2 * MINUTE, ranMs: MINUTE };
    expect(await records.ranMs(record)).toBeCloseTo(1.5 * MINUTE, -3);
  });
});

test('what jobs have left goes after a week, unless they are at work', async () => {
  const records = await withRecord('old-t1', GONE, 8);
  await keep(records, 'young-t1', GONE, 6);
  await keep(records, 'busy-t1', nameOf(hostname(), process.ppid), 8);
  await records.locked(() => records.sweep());
  const left = ['old-t1', 'young-t1', 'busy-t1'].map((id) =>
    [records.recordPath(id), records.workingFolder(id), records.supervisorLog(id)].map(existsSync),
  );
  expect(left).toEqual([
    [false, false, false],
    [true, true, true],
    [true, true, true],
  ]);
});
