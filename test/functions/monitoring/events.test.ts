import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { askedBy } from '../../../functions/monitoring/events.ts';

/** Source: the CloudWatch user guide, "Alarm events and EventBridge". */
const alarm = (alarmName: string, value = 'ALARM') => ({
  version: '0',
  id: 'c4c1c1c9-6542-e61b-6ef0-8c4d36933a92',
  'detail-type': 'CloudWatch Alarm State Change',
  source: 'aws.cloudwatch',
  account: '111122223333',
  time: '2026-11-23T07:20:40Z',
  region: 'eu-west-1',
  resources: [`arn:aws:cloudwatch:eu-west-1:111122223333:alarm:${alarmName}`],
  detail: {
    alarmName,
    previousState: { reason: 'Threshold not crossed', timestamp: '2026-11-23T06:20:40.000+0000', value: 'OK' },
    state: { reason: 'Threshold Crossed: 1 datapoint [3.0]', timestamp: '2026-11-23T07:20:40.985+0000', value },
  },
});

const asked = (event: unknown) => askedBy(event, 'prod', ['iris', 'iris-wide']);

describe('what EventBridge tells', () => {
  test.each([
    ['onnward-prod-iris-drift', 'iris', 'drift'],
    ['onnward-prod-iris-wide-quality', 'iris-wide', 'quality'],
    ['onnward-prod-iris-accuracy', 'iris', 'accuracy'],
  ])('%s is an alarm of %s about %s', (name, model, about) => {
    expect(asked(alarm(name))).toEqual({
      kind: 'alarm',
      alarm: {
        model,
        about,
        state: 'ALARM',
        cause: name,
        told: 'c4c1c1c9-6542-e61b-6ef0-8c4d36933a92',
        reason: 'Threshold Crossed: 1 datapoint [3.0]',
        at: Date.UTC(2026, 10, 23, 7, 20, 40, 999),
      },
    });
  });

  test('that it is over is told, too', () => {
    expect(asked(alarm('onnward-prod-iris-drift', 'OK'))).toMatchObject({ alarm: { state: 'OK' } });
  });

  test('the time is there to look at all models', () => {
    expect(asked({ 'detail-type': 'Scheduled Event', time: '2026-11-23T07:20:00Z' })).toEqual({ kind: 'schedule' });
  });

  test.each([
    ['an alarm of another stage', alarm('onnward-dev-iris-drift')],
    ['of another model', alarm('onnward-prod-wine-drift')],
    ['about what monitoring does not watch', alarm('onnward-prod-iris-errors')],
    ['that knows nothing', alarm('onnward-prod-iris-drift', 'INSUFFICIENT_DATA')],
    ['another event', { 'detail-type': 'Object Created' }],
  ])('%s is nothing', (_, event) => {
    expect(asked(event)).toMatchObject({ kind: 'nothing' });
  });
});

test.each([
  { task: 'monitor', model: 'iris' },
  { task: 'look', model: 'iris' },
  { task: 'decide', action: 'iris-a1', decision: 'approve', actor: 'ada', reason: 'seen' },
  { task: 'forget', model: 'iris', subject: 'ada', actor: 'grace' },
])('a person asks to $task', (command) => {
  expect(asked(command)).toEqual({ kind: 'command', command });
});

test.each([
  [undefined],
  [{}],
  [{ task: 'monitor' }],
  [{ task: 'decide', action: 'iris-a1', decision: 'maybe', actor: 'ada', reason: 'seen' }],
  [{ task: 'forget', model: 'iris', subject: '', actor: 'ada' }],
  [{ task: 'monitor', model: 'iris', more: 1 }],
])('%j is refused', (event) => {
  expect(() => asked(event)).toThrow(expect.objectContaining({ code: 'monitor.request' }));
});

test('whatever comes is understood or refused in our words', () => {
  fc.assert(
    fc.property(fc.anything({ withNullPrototype: false }), (event) => {
      try {
        expect(['command', 'alarm', 'schedule', 'nothing']).toContain(asked(event).kind);
      } catch (error) {
        expect(error).toMatchObject({ code: 'monitor.request' });
      }
    }),
  );
});
