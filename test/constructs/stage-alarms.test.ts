import { AlarmTopic } from '#constructs/alarm-topic.ts';
import { InferenceApi } from '#constructs/inference-api.ts';
import { ModelRegistry } from '#constructs/model-registry.ts';
import { StageAlarms } from '#constructs/stage-alarms.ts';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { expect, test } from 'vitest';
import { newStack } from './synth.ts';

function synth(type: 'http' | 'rest', serverErrors?: number): Template {
  const stack = newStack();
  const registry = ModelRegistry.fromAttributes(stack, 'Registry', { bucketName: 'models' });
  new StageAlarms(stack, 'StageAlarms', {
    stage: 'dev',
    api: new InferenceApi(stack, 'Api', { stage: 'dev', registry, type }),
    topic: new AlarmTopic(stack, 'Topic', { stage: 'dev' }),
    ...(serverErrors !== undefined && { serverErrors }),
  });
  return Template.fromStack(stack);
}

test.each([
  ['http', '5xx'],
  ['rest', '5XXError'],
] as const)('a few failures of a %s API are an alarm', (type, MetricName) => {
  const template = synth(type);
  template.resourceCountIs('AWS::CloudWatch::Alarm', 1);
  const actions = [{ Ref: Match.stringLikeRegexp('^Topic') }];
  template.hasResourceProperties('AWS::CloudWatch::Alarm', {
    AlarmName: 'onnward-dev--api-errors',
    Namespace: 'AWS/ApiGateway',
    MetricName,
    Statistic: 'Sum',
    Period: 300,
    Threshold: 5,
    TreatMissingData: 'notBreaching',
    AlarmActions: actions,
    OKActions: actions,
  });
});

test('how many is one’s own choice, and none is one', () => {
  synth('http', 0).hasResourceProperties('AWS::CloudWatch::Alarm', { Threshold: 0 });
});

test('no model can have an alarm of that name', () => {
  const [alarm] = Object.values(synth('http').findResources('AWS::CloudWatch::Alarm'));
  const { AlarmName } = (alarm as { Properties: { AlarmName: string } }).Properties;
  // A model's alarm is onnward-STAGE-MODEL-WHAT, and a model's name begins with a letter or a digit.
  expect(AlarmName).not.toMatch(/^onnward-dev-[a-z0-9]/);
});
