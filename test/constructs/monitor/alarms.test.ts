import { AlarmTopic } from '#constructs/alarm-topic.ts';
import { MonitorAlarms } from '#constructs/monitor/alarms.ts';
import { Match, type Template } from 'aws-cdk-lib/assertions';
import { describe, expect, test } from 'vitest';
import { synthMonitor } from './synth-monitor.ts';

const synth = (withTopic = true): Template =>
  synthMonitor({}, (monitor, stack) => {
    const topic = withTopic ? { topic: new AlarmTopic(stack, 'Topic', { stage: 'dev' }) } : {};
    new MonitorAlarms(stack, 'Alarms', { monitor, ...topic });
  });

describe('an alarm goes off', () => {
  const template = synth();
  const common = { EvaluationPeriods: 1, Threshold: 0, AlarmActions: [{ Ref: Match.stringLikeRegexp('^Topic') }] };

  test.each([
    ['failed', 'AWS/Lambda', 'Errors', 'Sum', /onnward monitor MODEL --stage dev/],
    ['undelivered', 'AWS/SQS', 'ApproximateNumberOfMessagesVisible', 'Maximum', /onnward-dev--monitor-undelivered/],
  ])('at the first: %s', (what, Namespace, MetricName, Statistic, says) => {
    template.hasResourceProperties('AWS::CloudWatch::Alarm', {
      ...common,
      AlarmName: `onnward-dev--monitor-${what}`,
      Namespace,
      MetricName,
      Statistic,
      Period: 300,
      ComparisonOperator: 'GreaterThanThreshold',
      TreatMissingData: 'notBreaching',
      AlarmDescription: Match.stringLikeRegexp(says.source),
    });
  });

  test('where nobody has looked for a day, and no data is no look', () => {
    template.hasResourceProperties('AWS::CloudWatch::Alarm', {
      ...common,
      AlarmName: 'onnward-dev--monitor-silent',
      Namespace: 'AWS/Lambda',
      MetricName: 'Invocations',
      Statistic: 'Sum',
      Period: 86_400,
      ComparisonOperator: 'LessThanOrEqualToThreshold',
      TreatMissingData: 'breaching',
      AlarmDescription: Match.stringLikeRegexp('EventBridge'),
    });
  });

  test('for nothing else', () => {
    template.resourceCountIs('AWS::CloudWatch::Alarm', 3);
  });
});

test('without a topic they are seen in CloudWatch alone', () => {
  for (const alarm of Object.values(synth(false).findResources('AWS::CloudWatch::Alarm'))) {
    expect(alarm['Properties']).not.toHaveProperty('AlarmActions');
  }
});
