import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { askedBy } from '../../../functions/release/events.ts';

/** Source: the EventBridge user guide's and CloudFormation's own examples of these events. */
const alarm = {
  version: '0',
  id: 'c4c1c1c9-6542-e61b-6ef0-8c4d36933a92',
  'detail-type': 'CloudWatch Alarm State Change',
  source: 'aws.cloudwatch',
  account: '123456789012',
  time: '2026-10-02T17:04:40Z',
  region: 'us-east-1',
  resources: ['arn:aws:cloudwatch:us-east-1:123456789012:alarm:onnward-dev-iris-errors'],
  detail: {
    alarmName: 'onnward-dev-iris-errors',
    configuration: { description: 'iris fails', metrics: [] },
    previousState: { reason: 'Insufficient Data', timestamp: '2026-10-02T17:03:39.000+0000', value: 'OK' },
    state: {
      reason: 'Threshold Crossed: 1 datapoint [0.5]',
      timestamp: '2026-10-02T17:04:40.985+0000',
      value: 'ALARM',
    },
  },
};

const stack = {
  version: '0',
  source: 'aws.cloudformation',
  account: '111122223333',
  id: '71a5b5bf-5ac3-8a4d-2bb3-6b8e8f0a8e5c',
  region: 'us-east-1',
  'detail-type': 'CloudFormation Stack Status Change',
  time: '2026-04-01T12:00:00Z',
  resources: ['arn:aws:cloudformation:us-east-1:111122223333:stack/onnward-dev/1f3b'],
  detail: {
    'stack-id': 'arn:aws:cloudformation:us-east-1:111122223333:stack/onnward-dev/1f3b',
    'status-details': { status: 'UPDATE_COMPLETE', 'status-reason': '' },
    'client-request-token': 't',
  },
};

const happening = (event: object, stage: string | undefined = 'dev') => askedBy(event, stage);
const nothing = { kind: 'happening', happening: { what: 'nothing' } };

describe('an alarm', () => {
  test('that is raised is told with its reason', () => {
    expect(happening(alarm)).toEqual({
      kind: 'happening',
      happening: {
        what: 'alarm',
        name: 'onnward-dev-iris-errors',
        reason: 'Threshold Crossed: 1 datapoint [0.5]',
        at: Date.parse('2026-10-02T17:04:40Z') + 999,
      },
    });
  });

  test.each(['OK', 'INSUFFICIENT_DATA'])('that is %s is nothing', (value) => {
    expect(happening({ ...alarm, detail: { ...alarm.detail, state: { ...alarm.detail.state, value } } })).toEqual(
      nothing,
    );
  });

  test('without a name, a time or a state is nothing', () => {
    const { alarmName: _, ...unnamed } = alarm.detail;
    expect(happening({ ...alarm, detail: unnamed })).toEqual(nothing);
    expect(happening({ ...alarm, time: 'now' })).toEqual(nothing);
    expect(happening({ ...alarm, detail: { ...alarm.detail, state: null } })).toEqual(nothing);
  });
});

describe('a deployment', () => {
  test('of the stage is known by the id of its event', () => {
    expect(happening(stack)).toEqual({ kind: 'happening', happening: { what: 'deployment', id: stack.id } });
  });

  const changed = (more: object) => ({ ...stack, detail: { ...stack.detail, ...more } });

  test.each([
    'UPDATE_IN_PROGRESS',
    'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS',
    'UPDATE_ROLLBACK_COMPLETE',
    'CREATE_COMPLETE',
    'DELETE_COMPLETE',
  ])('that is %s is nothing', (status) => {
    expect(happening(changed({ 'status-details': { status } }))).toEqual(nothing);
  });

  test.each([
    'arn:aws:cloudformation:us-east-1:111122223333:stack/onnward-dev-registry/1f3b',
    'arn:aws:cloudformation:us-east-1:111122223333:stack/onnward-devel/1f3b',
    'arn:aws:cloudformation:us-east-1:111122223333:stack/other/onnward-dev/1f3b',
    'onnward-dev',
  ])('of %s is another stack’s', (id) => expect(happening(changed({ 'stack-id': id }))).toEqual(nothing));

  test('is nothing on a laptop', () => expect(askedBy(stack, undefined)).toEqual(nothing));
});

test('the time that was agreed on has come', () => {
  const event = { 'detail-type': 'Scheduled Event', source: 'aws.events', detail: {} };
  expect(happening(event)).toEqual({ kind: 'happening', happening: { what: 'schedule' } });
});

test('an event of another kind is nothing', () => {
  expect(happening({ 'detail-type': 'Object Created', detail: {} })).toEqual(nothing);
});

describe('a person’s word', () => {
  const said = { actor: 'ada', reason: 'it is better' };

  test.each([
    { task: 'decide', release: 'iris-r1', decision: 'approve', ...said },
    { task: 'abort', release: 'iris-r1', ...said },
    { task: 'rollback', model: 'iris', ...said },
    { task: 'expire' },
    { task: 'status', release: 'iris-r1' },
    { task: 'options', model: 'iris' },
  ])('$task is taken', (command) => expect(happening(command)).toEqual({ kind: 'command', command }));

  test.each<[string, object]>([
    ['without a reason', { task: 'abort', release: 'iris-r1', actor: 'ada' }],
    ['with an empty one', { task: 'abort', release: 'iris-r1', actor: 'ada', reason: '' }],
    ['without a name', { task: 'rollback', model: 'iris', reason: 'x' }],
    ['that is neither', { task: 'decide', release: 'iris-r1', decision: 'maybe', ...said }],
    ['with more than it takes', { task: 'expire', now: true }],
    ['of nothing', { task: 'status' }],
    ['of nobody’s options', { task: 'options' }],
  ])('%s is refused', (_, command) => {
    expect(() => happening(command)).toThrow(expect.objectContaining({ code: 'release.request' }));
  });
});

test('a state of the workflow is handed on as it is', () => {
  const task = { task: 'score', release: 'iris-r1', shard: { index: 0 } };
  expect(happening(task)).toEqual({ kind: 'task', task });
});

test.each([undefined, null, 1, 'x', [], {}, { task: 3 }, { Records: [] }])('%j is nothing that it knows', (event) => {
  expect(() => askedBy(event, 'dev')).toThrow(expect.objectContaining({ code: 'release.request' }));
});

describe('whatever comes', () => {
  const names = fc.constantFrom('task', 'detail-type', 'detail', 'time', 'id', 'release', 'model', 'actor', 'reason');
  const words = fc.constantFrom(
    'decide',
    'abort',
    'open',
    'Scheduled Event',
    alarm['detail-type'],
    stack['detail-type'],
  );
  const values = fc.oneof(words, fc.anything());

  test('is understood, or refused by name', () => {
    fc.assert(
      fc.property(fc.oneof(fc.dictionary(names, values), fc.anything()), (event) => {
        try {
          expect(['task', 'command', 'happening']).toContain(askedBy(event, 'dev').kind);
        } catch (error) {
          expect(error).toMatchObject({ code: 'release.request' });
        }
      }),
      { numRuns: 2000 },
    );
  });

  /** One place of an event is something else. */
  const spoilt = (event: object): fc.Arbitrary<object> =>
    fc.tuple(fc.constantFrom(...Object.keys(event)), fc.anything()).map(([key, value]) => ({ ...event, [key]: value }));

  test('in an event of ours is no crash', () => {
    const details = spoilt(alarm.detail).map((detail) => ({ ...alarm, detail }));
    const others = spoilt(stack.detail).map((detail) => ({ ...stack, detail }));
    fc.assert(
      fc.property(fc.oneof(spoilt(alarm), details, spoilt(stack), others), (event) => {
        const { 'detail-type': kind } = event as Record<string, unknown>;
        if (typeof kind !== 'string') return;
        expect(askedBy(event, 'dev').kind).toBe('happening');
      }),
      { numRuns: 2000 },
    );
  });
});
