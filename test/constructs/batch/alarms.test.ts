import { AlarmTopic } from '#constructs/alarm-topic.ts';
import { BatchAlarms } from '#constructs/batch/alarms.ts';
import { Match, type Template } from 'aws-cdk-lib/assertions';
import { describe, expect, test } from 'vitest';
import { synthBatch } from './synth-batch.ts';

const synth = (withTopic = true): Template =>
  synthBatch({}, (batch, stack) => {
    const topic = withTopic ? { topic: new AlarmTopic(stack, 'Topic', { stage: 'dev' }) } : {};
    new BatchAlarms(stack, 'Alarms', { batch, ...topic });
  });

describe('an alarm goes off', () => {
  const template = synth();

  test.each([
    ['failed', 'AWS/States', 'ExecutionsFailed', 'Sum', /resume JOB --stage dev/],
    ['stuck', 'AWS/States', 'ExecutionsTimedOut', 'Sum', /within a day/],
    ['undelivered', 'AWS/SQS', 'ApproximateNumberOfMessagesVisible', 'Maximum', /onnward-dev--batch-undelivered/],
  ])('at the first: %s', (what, Namespace, MetricName, Statistic, says) => {
    const actions = [{ Ref: Match.stringLikeRegexp('^Topic') }];
    template.hasResourceProperties('AWS::CloudWatch::Alarm', {
      AlarmName: `onnward-dev--batch-${what}`,
      Namespace,
      MetricName,
      Statistic,
      Period: 300,
      Threshold: 0,
      ComparisonOperator: 'GreaterThanThreshold',
      EvaluationPeriods: 1,
      TreatMissingData: 'notBreaching',
      AlarmActions: actions,
      OKActions: actions,
      AlarmDescription: Match.stringLikeRegexp(says.source),
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
