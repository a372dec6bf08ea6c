import { AlarmTopic } from '#constructs/alarm-topic.ts';
import { TrainingAlarms } from '#constructs/training/alarms.ts';
import { Match, type Template } from 'aws-cdk-lib/assertions';
import { describe, expect, test } from 'vitest';
import { synthTraining } from './synth-training.ts';

const synth = (withTopic = true): Template =>
  synthTraining({}, (training, stack) => {
    const topic = withTopic ? { topic: new AlarmTopic(stack, 'Topic', { stage: 'dev' }) } : {};
    new TrainingAlarms(stack, 'Alarms', { training, ...topic });
  });

describe('an alarm goes off', () => {
  const template = synth();

  test.each([
    ['failed', 'AWS/States', 'ExecutionsFailed', 'Sum', /onnward trainings --stage dev.*what was live is live/],
    ['stuck', 'AWS/States', 'ExecutionsTimedOut', 'Sum', /onnward trainings stop TRAINING --stage dev/],
    ['undelivered', 'AWS/SQS', 'ApproximateNumberOfMessagesVisible', 'Maximum', /onnward-dev--training-undelivered/],
  ])('at the first: %s', (what, Namespace, MetricName, Statistic, says) => {
    const actions = [{ Ref: Match.stringLikeRegexp('^Topic') }];
    template.hasResourceProperties('AWS::CloudWatch::Alarm', {
      AlarmName: `onnward-dev--training-${what}`,
      Namespace,
      MetricName,
      Statistic,
      Threshold: 0,
      ComparisonOperator: 'GreaterThanThreshold',
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
