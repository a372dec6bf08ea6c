import { Match, type Template } from 'aws-cdk-lib/assertions';
import { describe, expect, test } from 'vitest';
import { statementsOf } from '../service.ts';
import { GATED, synthReleases } from './synth-releases.ts';

const auto = { ...GATED, autoRelease: true };
const target = (construct: string, attribute?: string) => ({
  Arn: attribute
    ? { 'Fn::GetAtt': [Match.stringLikeRegexp(construct), attribute] }
    : { Ref: Match.stringLikeRegexp(construct) },
  Input: Match.absent(),
  InputTransformer: Match.absent(),
  DeadLetterConfig: { Arn: { 'Fn::GetAtt': [Match.stringLikeRegexp('^ReleasesUndelivered'), 'Arn'] } },
  RetryPolicy: { MaximumEventAgeInSeconds: 86_400, MaximumRetryAttempts: 185 },
});
const workflow = target('^ReleasesWorkflow');
const fn = target('^ReleasesFunction', 'Arn');

interface Properties {
  readonly EventPattern?: { readonly source: string[]; readonly detail: Record<string, unknown> };
}

const rulesOf = (template: Template, source: string): Properties[] =>
  Object.values(template.findResources('AWS::Events::Rule'))
    .map(({ Properties }) => Properties as Properties)
    .filter(({ EventPattern }) => EventPattern?.source.includes(source));

describe('a version that is registered', () => {
  test('is released where its model says so, by the last of its files', () => {
    const template = synthReleases({ models: { iris: auto, digits: auto, quiet: GATED } });
    template.hasResourceProperties('AWS::Events::Rule', {
      EventPattern: {
        source: ['aws.s3'],
        'detail-type': ['Object Created'],
        detail: {
          bucket: { name: ['models'] },
          object: {
            key: [
              { wildcard: 'models/iris/versions/*/manifest.json' },
              { wildcard: 'models/digits/versions/*/manifest.json' },
            ],
          },
        },
      },
      Targets: [workflow],
    });
  });

  test('is not, where none says so', () => {
    expect(rulesOf(synthReleases(), 'aws.s3')).toEqual([]);
  });

  test('of models with names as long as they get is told by patterns that EventBridge takes', () => {
    const models = Object.fromEntries(
      Array.from({ length: 30 }, (_, index) => [`${'m'.repeat(60)}-${index}`, { autoRelease: true }]),
    );
    const template = synthReleases({ models });
    for (const source of ['aws.s3', 'aws.cloudwatch']) {
      const rules = rulesOf(template, source);
      expect(rules.length).toBeGreaterThan(1);
      for (const { EventPattern } of rules) expect(JSON.stringify(EventPattern).length + 57).toBeLessThanOrEqual(2048);
    }
  });
});

describe('an alarm that goes off', () => {
  test('is told to the function, of each of the models, and no other', () => {
    synthReleases({ models: { iris: GATED, digits: GATED } }).hasResourceProperties('AWS::Events::Rule', {
      EventPattern: {
        source: ['aws.cloudwatch'],
        'detail-type': ['CloudWatch Alarm State Change'],
        detail: {
          alarmName: [{ prefix: 'onnward-dev-iris-' }, { prefix: 'onnward-dev-digits-' }],
          state: { value: ['ALARM'] },
        },
      },
      Targets: [fn],
    });
  });
});

describe('a deployment', () => {
  test('of this very stack is told to the function, once it has gone through', () => {
    synthReleases().hasResourceProperties('AWS::Events::Rule', {
      EventPattern: {
        source: ['aws.cloudformation'],
        'detail-type': ['CloudFormation Stack Status Change'],
        detail: { 'stack-id': [{ Ref: 'AWS::StackId' }], 'status-details': { status: ['UPDATE_COMPLETE'] } },
      },
      Targets: [fn],
    });
  });
});

describe('the time', () => {
  test('is told to the function every hour', () => {
    synthReleases().hasResourceProperties('AWS::Events::Rule', { ScheduleExpression: 'rate(1 hour)', Targets: [fn] });
  });
});

describe('what starts what', () => {
  const template = synthReleases({ models: { iris: auto } });

  test('is the workflow by a role for that alone', () => {
    expect(statementsOf(template, 'ReleasesWorkflowEventsRole').map(({ Action }) => Action)).toEqual([
      'states:StartExecution',
    ]);
  });

  test('is the function by these rules alone', () => {
    const permissions = Object.values(template.findResources('AWS::Lambda::Permission'));
    expect(permissions.map(({ Properties }) => (Properties as { Principal: string }).Principal)).toEqual(
      Array.from({ length: 3 }, () => 'events.amazonaws.com'),
    );
    for (const { Properties } of permissions) {
      const { SourceArn } = Properties as { SourceArn: { 'Fn::GetAtt': string[] } };
      expect(SourceArn['Fn::GetAtt'][0]).toMatch(/^ReleasesEvents(Alarms|Deployed|Hourly)/);
    }
  });
});

describe('what could not be delivered or handled', () => {
  const template = synthReleases();

  test('is kept for two weeks, encrypted', () => {
    template.hasResourceProperties('AWS::SQS::Queue', {
      QueueName: 'onnward-dev--release-undelivered',
      MessageRetentionPeriod: 14 * 86_400,
      SqsManagedSseEnabled: true,
    });
  });

  test('comes from EventBridge, and from the function that failed', () => {
    template.hasResourceProperties('AWS::Lambda::Function', {
      FunctionName: 'onnward-dev--release',
      DeadLetterConfig: { TargetArn: { 'Fn::GetAtt': [Match.stringLikeRegexp('^ReleasesUndelivered'), 'Arn'] } },
    });
  });
});
