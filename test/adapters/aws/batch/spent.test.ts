import type { JobDetail } from '@aws-sdk/client-batch';
import { describe, expect, test } from 'vitest';
import { spentOn } from '#adapters/aws/batch/spent.ts';

const HOUR = 3_600_000;
const job = (more: Partial<JobDetail>): JobDetail => ({
  jobName: 'iris-t1',
  jobId: 'j-1',
  jobQueue: 'q',
  jobDefinition: 'd',
  status: 'RUNNING',
  startedAt: undefined,
  ...more,
});
const spent = (...jobs: JobDetail[]) => spentOn(jobs, { now: 10 * HOUR, dearest: 0.5 });
const ended = (from: number, to: number) => ({ startedAt: from * HOUR, stoppedAt: to * HOUR });

describe('what a training has had until now', () => {
  test('is nothing before its first machine', () => {
    expect(spent(job({ status: 'RUNNABLE' }))).toEqual({ attempts: 0, dollars: 0 });
    expect(spent()).toEqual({ attempts: 0, dollars: 0 });
  });

  test('is the time of the machine that it has, at the dearest price there is', () => {
    expect(spent(job({ startedAt: 7 * HOUR }))).toEqual({ attempts: 1, seconds: 3 * 3600, dollars: 1.5 });
  });

  test('is the sum over all attempts, and not what was waited in between', () => {
    const attempts = [ended(1, 2), ended(4, 6)];
    expect(spent(job({ attempts, startedAt: 9 * HOUR }))).toEqual({ attempts: 3, seconds: 4 * 3600, dollars: 2 });
    expect(spent(job({ attempts, startedAt: 4 * HOUR, status: 'RUNNABLE' }))).toEqual({
      attempts: 2,
      seconds: 3 * 3600,
      dollars: 1.5,
    });
  });

  test('grows no more once it has ended', () => {
    const attempts = [ended(1, 2)];
    const over = job({ attempts, startedAt: HOUR, stoppedAt: 2 * HOUR, status: 'SUCCEEDED' });
    expect(spent(over)).toEqual({ attempts: 1, seconds: 3600, dollars: 0.5 });
    expect(spent(job({ startedAt: HOUR, stoppedAt: 3 * HOUR, status: 'FAILED' }))).toMatchObject({
      attempts: 1,
      dollars: 1,
    });
  });

  test('has jobs that were begun before, too', () => {
    const before = job({ attempts: [ended(1, 2)], status: 'FAILED' });
    expect(spent(job({ startedAt: 8 * HOUR }), before)).toEqual({ attempts: 2, seconds: 3 * 3600, dollars: 1.5 });
  });

  test('is that of every machine of several', () => {
    const nodeProperties = { numNodes: 4, mainNode: 0, nodeRangeProperties: [] };
    expect(spent(job({ startedAt: 9 * HOUR, nodeProperties }))).toMatchObject({
      attempts: 1,
      seconds: 3600,
      dollars: 2,
    });
  });

  test('is no number where no price is known', () => {
    expect(spentOn([job({ startedAt: HOUR })], { now: 2 * HOUR, dearest: undefined })).toEqual({
      attempts: 1,
      seconds: 3600,
    });
  });
});
