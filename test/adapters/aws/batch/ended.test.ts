import type { JobDetail } from '@aws-sdk/client-batch';
import { describe, expect, test } from 'vitest';
import { howItEnded, isLost } from '#adapters/aws/batch/ended.ts';

type Container = { name: string; exitCode?: number; reason?: string };
const job = (
  statusReason: string,
  containers: readonly Container[] = [],
  more: Partial<JobDetail> = {},
): JobDetail => ({
  jobName: 'iris-t1',
  jobId: 'j-1',
  jobQueue: 'q',
  jobDefinition: 'd',
  startedAt: 1,
  status: 'FAILED',
  statusReason,
  ecsProperties: { taskProperties: [{ containers: [...containers] }] },
  ...more,
});

describe('how a job ended is told', () => {
  test('with what became of each container that did not end well', () => {
    const containers = [
      { name: 'fetch', exitCode: 0 },
      { name: 'trainer', exitCode: 137, reason: 'OutOfMemoryError: Container killed due to memory usage' },
      { name: 'agent', exitCode: 137 },
    ];
    expect(howItEnded(job('Essential container in task exited', containers))).toBe(
      'Essential container in task exited. trainer: OutOfMemoryError: Container killed due to memory usage. agent: exit code 137: killed (SIGKILL), most likely for want of memory: raise resources.memory.',
    );
  });

  test('of an image that cannot be pulled', () => {
    const reason = 'CannotPullContainerError: pull access denied for our/trainer';
    expect(howItEnded(job('Task failed to start', [{ name: 'trainer', reason }]))).toBe(
      `Task failed to start. trainer: ${reason}.`,
    );
  });

  test('by the last attempt where the job itself says nothing', () => {
    const attempts = [
      { taskProperties: [{ containers: [{ name: 'trainer', exitCode: 1 }] }] },
      { taskProperties: [{ containers: [{ name: 'trainer', exitCode: 2 }] }] },
    ];
    expect(howItEnded(job('Essential container in task exited', [{ name: 'trainer' }], { attempts }))).toBe(
      'Essential container in task exited. trainer: exit code 2.',
    );
  });

  test('of several machines by what is told of one', () => {
    const parent = job('Host exited', [], { nodeProperties: { numNodes: 2, mainNode: 0, nodeRangeProperties: [] } });
    expect(howItEnded(parent, [job('Essential container in task exited', [{ name: 'trainer', exitCode: 3 }])])).toBe(
      'Host exited. trainer: exit code 3.',
    );
  });

  test.each([
    ['Job attempt duration exceeded timeout', /^It ran for longer than its time limit or budget lets it \(Job attempt/],
    [
      'Canceled by JobStateTimeLimit action due to reason: CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY',
      /^It waited for a machine until it was given up: CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY\.$/,
    ],
    ['it is paused', /^it is paused\.$/],
    ['', /^$/],
  ])('in words: %s', (reason, words) => {
    expect(howItEnded(job(reason))).toMatch(words);
  });
});

describe('a job is lost', () => {
  test.each([
    [
      'where its machine was taken, for the last time that it is begun again',
      job('Host EC2 (instance i-0a1b) terminated.'),
    ],
    [
      'where the agent was told to stop by a machine that goes down',
      job('Essential container in task exited', [{ name: 'agent', exitCode: 143 }]),
    ],
  ])('%s', (_, lost) => {
    expect(isLost(lost)).toBe(true);
  });

  test.each([
    ['where the trainer failed', job('Essential container in task exited', [{ name: 'agent', exitCode: 1 }])],
    [
      'where only the trainer was told to stop',
      job('Essential container in task exited', [
        { name: 'trainer', exitCode: 143 },
        { name: 'agent', exitCode: 1 },
      ]),
    ],
    ['where a person ended it', job('it is paused', [{ name: 'agent', exitCode: 143 }], { isTerminated: true })],
  ])('not %s', (_, ended) => {
    expect(isLost(ended)).toBe(false);
  });
});
