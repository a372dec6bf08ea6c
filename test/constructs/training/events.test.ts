import { Match, type Template } from 'aws-cdk-lib/assertions';
import { describe, expect, test } from 'vitest';
import { textOf } from '../../stacks/proofs/template.ts';
import { all, IMAGE, synthTraining } from './synth-training.ts';

interface Target {
  readonly Arn: unknown;
  readonly Input?: string;
  readonly InputTransformer?: { InputPathsMap: Record<string, string>; InputTemplate: string };
}
interface Rule {
  readonly ScheduleExpression?: string;
  readonly EventPattern?: object;
  readonly Targets: [Target];
}

const rules = (template: Template): Rule[] => all<Rule>(template, 'AWS::Events::Rule');
const started = (starts: object): Template =>
  synthTraining({ models: { iris: { image: IMAGE, starts }, quiet: { image: IMAGE } } });

/** What the workflow gets, as EventBridge fills it in. */
function inputOf({ Input, InputTransformer }: Target, event: object): unknown {
  if (!InputTransformer) return JSON.parse(Input ?? '') as unknown;
  const { InputPathsMap, InputTemplate } = InputTransformer;
  const filled = Object.entries(InputPathsMap).reduce((text, [name, path]) => {
    const value = path
      .split('.')
      .slice(1)
      .reduce((at, key) => (at as Record<string, unknown>)[key], event as unknown);
    return text.replaceAll(`<${name}>`, JSON.stringify(value));
  }, InputTemplate);
  return JSON.parse(filled) as unknown;
}

test('a model that says nothing of it is trained when somebody asks', () => {
  expect(rules(started({}))).toEqual([]);
});

describe('a training is started', () => {
  test('by the time', () => {
    const [rule, ...others] = rules(started({ schedule: 'rate(7 days)' })) as [Rule];
    expect(others).toEqual([]);
    expect(rule.ScheduleExpression).toBe('rate(7 days)');
    expect(inputOf(rule.Targets[0], {})).toEqual({
      model: 'iris',
      trigger: 'schedule',
      actor: 'schedule rate(7 days)',
    });
  });

  test('by data below its prefix, whatever they are called', () => {
    const [rule] = rules(started({ data: 'training/in/iris/' })) as [Rule];
    expect(rule.EventPattern).toEqual({
      source: ['aws.s3'],
      'detail-type': ['Object Created'],
      detail: { bucket: { name: ['models'] }, object: { key: [{ prefix: 'training/in/iris/' }] } },
    });
    const key = 'training/in/iris/a "quoted" <name> ü.csv';
    expect(inputOf(rule.Targets[0], { detail: { object: { key } } })).toEqual({
      model: 'iris',
      trigger: 'data',
      actor: 'data',
      why: key,
    });
  });

  test('or what could not start it is kept', () => {
    const template = started({ schedule: 'rate(7 days)', data: 'training/in/iris/' });
    expect(rules(template)).toHaveLength(2);
    for (const { Targets } of rules(template)) {
      expect(Targets).toEqual([
        expect.objectContaining({
          Arn: { Ref: expect.stringMatching(/^TrainingWorkflow/) },
          DeadLetterConfig: { Arn: { 'Fn::GetAtt': [expect.stringMatching(/^TrainingEventsUndelivered/), 'Arn'] } },
          RetryPolicy: { MaximumEventAgeInSeconds: 86_400, MaximumRetryAttempts: 185 },
        }),
      ]);
    }
    template.hasResourceProperties('AWS::SQS::Queue', {
      QueueName: 'onnward-dev--training-undelivered',
      MessageRetentionPeriod: 1_209_600,
      SqsManagedSseEnabled: true,
    });
  });
});

test('rules may start the workflow of trainings, and nothing else', () => {
  const template = started({ schedule: 'rate(7 days)' });
  template.hasResourceProperties('AWS::IAM::Policy', {
    PolicyDocument: Match.objectLike({
      Statement: [
        {
          Action: 'states:StartExecution',
          Effect: 'Allow',
          Resource: { Ref: Match.stringLikeRegexp('^TrainingWorkflow') },
        },
      ],
    }),
    Roles: [{ Ref: Match.stringLikeRegexp('^TrainingWorkflowEventsRole') }],
  });
  expect(textOf(rules(template)[0]?.Targets[0].Arn)).toMatch(/TrainingWorkflow/);
});
