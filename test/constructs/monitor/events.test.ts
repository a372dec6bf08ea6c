/* oxlint-disable unicorn/no-thenable -- `then` is a word of the configuration */
import type { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, test } from 'vitest';
import { synthMonitor, WATCHED } from './synth-monitor.ts';

interface Rule {
  readonly ScheduleExpression?: string;
  readonly EventPattern?: { readonly detail: { readonly alarmName: string[]; readonly state: object } };
  readonly Targets: readonly [object];
}

const rules = (template: Template): Rule[] =>
  Object.values(template.findResources('AWS::Events::Rule'))
    .map(({ Properties }) => Properties as Rule)
    .filter(({ Targets }) => JSON.stringify(Targets).includes('MonitorFunction'));
const alarms = (template: Template): string[] =>
  rules(template).flatMap(({ EventPattern }) => EventPattern?.detail.alarmName ?? []);

describe('the function is called', () => {
  const [hourly, onAlarms, ...others] = rules(synthMonitor()) as [Rule, Rule];

  test('twenty minutes after each hour', () => {
    expect(hourly.ScheduleExpression).toBe('cron(20 * * * ? *)');
    expect(others).toEqual([]);
  });

  test('when an alarm of what is watched begins, and when it is over', () => {
    expect(onAlarms.EventPattern).toEqual({
      source: ['aws.cloudwatch'],
      'detail-type': ['CloudWatch Alarm State Change'],
      detail: {
        alarmName: ['onnward-dev-iris-accuracy', 'onnward-dev-iris-drift'],
        state: { value: ['ALARM', 'OK'] },
      },
    });
  });

  test('or what called it in vain is kept', () => {
    for (const { Targets } of [hourly, onAlarms]) {
      expect(Targets).toEqual([
        expect.objectContaining({
          DeadLetterConfig: {
            Arn: { 'Fn::GetAtt': [expect.stringMatching(/^MonitorUndelivered/) as string, 'Arn'] },
          },
          RetryPolicy: { MaximumEventAgeInSeconds: 86_400, MaximumRetryAttempts: 185 },
        }),
      ]);
    }
  });
});

test('no alarm is heard of that nobody watches for', () => {
  const quality = { metric: 'f1_macro', below: 0.8, window: '6h', minimum: 50, then: 'notify' } as const;
  const models = { iris: { watch: { quality } }, digits: { watch: { slices: ['writer'] } } };
  expect(alarms(synthMonitor({ models }))).toEqual(['onnward-dev-iris-quality']);
  expect(rules(synthMonitor({ models: { digits: { watch: { slices: ['writer'] } } } }))).toHaveLength(1);
});

test('alarms of many models are divided over rules, as a pattern has little room', () => {
  const names = Array.from({ length: 40 }, (_, index) => `model-with-a-long-name-${index}`);
  const template = synthMonitor({ models: Object.fromEntries(names.map((name) => [name, WATCHED])) });
  const patterns = rules(template).flatMap(({ EventPattern }) => (EventPattern ? [JSON.stringify(EventPattern)] : []));
  expect(patterns.length).toBeGreaterThan(2);
  for (const pattern of patterns) expect(pattern.length).toBeLessThanOrEqual(2048);
  expect(new Set(alarms(template)).size).toBe(80);
});
