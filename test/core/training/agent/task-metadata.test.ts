import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { readTaskMetadata } from '#core/training/agent/task-metadata.ts';

/** As the developer guide of Amazon ECS shows it, cut to what is read and some of what is not. */
const answer = {
  Cluster: 'default',
  TaskARN: 'arn:aws:ecs:us-west-2:111122223333:task/default/158d1c8083dd49d6b527399fd6414f5c',
  Family: 'curltest',
  DesiredStatus: 'RUNNING',
  KnownStatus: 'RUNNING',
  Containers: [
    {
      DockerId: 'ee08638adaaf009d78c248913f629e38299471d45fe7dc944d1039077e3424ca',
      Name: 'trainer',
      DesiredStatus: 'RUNNING',
      KnownStatus: 'STOPPED',
      ExitCode: 137,
      Limits: { CPU: 2, Memory: 512 },
      LogDriver: 'awslogs',
      LogOptions: {
        'awslogs-group': '/aws/batch/job',
        'awslogs-region': 'us-west-2',
        'awslogs-stream': 'trainer/default/158d1c80',
      },
    },
    { Name: 'fetch', KnownStatus: 'NONE', LogDriver: 'json-file', LogOptions: {} },
    { Name: 'agent', KnownStatus: 'RUNNING', LogDriver: 'awslogs', LogOptions: { 'awslogs-group': 'g' } },
    { DockerId: 'nameless' },
    null,
  ],
};

test('a task tells how its containers stand, and where their logs go', () => {
  expect(readTaskMetadata(answer)).toEqual({
    stopping: false,
    containers: [
      {
        name: 'trainer',
        begun: true,
        stopped: true,
        exitCode: 137,
        log: { group: '/aws/batch/job', stream: 'trainer/default/158d1c80', region: 'us-west-2' },
      },
      { name: 'fetch', begun: false, stopped: false },
      { name: 'agent', begun: true, stopped: false },
    ],
  });
});

test('a task that is wanted stopped says so before its containers have ended', () => {
  expect(readTaskMetadata({ ...answer, DesiredStatus: 'STOPPED' })?.stopping).toBe(true);
});

test.each([[null], [undefined], ['text'], [{}], [{ Containers: 'none' }], [[]]])(
  '%j is no answer of a task',
  (value) => {
    expect(readTaskMetadata(value)).toBeUndefined();
  },
);

test('nothing that it could answer makes the agent fail', () => {
  const value = fc.oneof(
    fc.string(),
    fc.integer(),
    fc.constant(null),
    fc.constantFrom('STOPPED', 'RUNNING', 'awslogs'),
  );
  const options = fc.dictionary(fc.constantFrom('awslogs-group', 'awslogs-stream', 'awslogs-region'), value);
  const names = fc.constantFrom('Name', 'KnownStatus', 'ExitCode', 'LogDriver', 'LogOptions');
  const container = fc.oneof(value, fc.dictionary(names, fc.oneof(value, options)));
  const task = fc.record({ DesiredStatus: value, Containers: fc.oneof(value, fc.array(container)) });
  fc.assert(
    fc.property(fc.oneof(task, fc.jsonValue()), (each) => {
      for (const { name, exitCode, log } of readTaskMetadata(each)?.containers ?? []) {
        expect(typeof name).toBe('string');
        if (exitCode !== undefined) expect(Number.isInteger(exitCode)).toBe(true);
        if (log) expect([typeof log.group, typeof log.stream]).toEqual(['string', 'string']);
      }
    }),
  );
});
