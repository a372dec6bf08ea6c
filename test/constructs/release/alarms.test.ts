import { AlarmTopic } from '#constructs/alarm-topic.ts';
import { ReleaseAlarms } from '#constructs/release/alarms.ts';
import { Match, type Template } from 'aws-cdk-lib/assertions';
import { describe, expect, test } from 'vitest';
import { synthReleases } from './synth-releases.ts';

const synth = (withTopic = true): Template =>
  synthReleases({}, (releases, stack) => {
    const topic = withTopic ? { topic: new AlarmTopic(stack, 'Topic', { stage: 'dev' }) } : {};
    new ReleaseAlarms(stack, 'Alarms', { releases, ...topic });
  });

describe('an alarm goes off', () => {
  const template = synth();

  test.each([
    ['failed', 'AWS/States', 'ExecutionsFailed', 'Sum', /onnward releases --stage dev.*what was live before is live/],
    ['stuck', 'AWS/States', 'ExecutionsTimedOut', 'Sum', /onnward abort RELEASE --stage dev/],
    ['undelivered', 'AWS/SQS', 'ApproximateNumberOfMessagesVisible', 'Maximum', /onnward-dev--release-undelivered/],
  ])('at the first: %s', (what, Namespace, MetricName, Statistic, says) => {
    const actions = [{ Ref: Match.stringLikeRegexp('^Topic') }];
    template.hasResourceProperties('AWS::CloudWatch::Alarm', {
      AlarmName: `onnward-dev--release-${what}`,
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
