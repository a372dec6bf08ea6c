import { Match } from 'aws-cdk-lib/assertions';
import { describe, expect, test } from 'vitest';
import { statementsOf } from '../service.ts';
import { synthBatch } from './synth-batch.ts';

interface Rule {
  readonly EventPattern?: { readonly detail: { readonly object: { readonly key: readonly Record<string, string>[] } } };
}

const rulesOf = (models: readonly string[]): Rule[] =>
  Object.values(
    synthBatch({ models: Object.fromEntries(models.map((name) => [name, {}])) }).findResources('AWS::Events::Rule'),
  ).map(({ Properties }) => Properties as Rule);
const keysOf = (rules: readonly Rule[]) => rules.flatMap(({ EventPattern }) => EventPattern?.detail.object.key ?? []);

describe('what arrives', () => {
  test('for a model starts the workflow with the event as it is', () => {
    const template = synthBatch({ models: { iris: {}, digits: {} } });
    template.resourceCountIs('AWS::Events::Rule', 1);
    template.hasResourceProperties('AWS::Events::Rule', {
      State: 'ENABLED',
      EventPattern: {
        source: ['aws.s3'],
        'detail-type': ['Object Created'],
        detail: {
          bucket: { name: ['models'] },
          object: {
            key: [{ wildcard: 'batch/requests/*/body' }, { prefix: 'batch/in/iris/' }, { prefix: 'batch/in/digits/' }],
          },
        },
      },
      Targets: [
        {
          Arn: { Ref: Match.stringLikeRegexp('^BatchWorkflow') },
          Input: Match.absent(),
          InputTransformer: Match.absent(),
          DeadLetterConfig: { Arn: { 'Fn::GetAtt': [Match.stringLikeRegexp('^BatchStartsUndelivered'), 'Arn'] } },
          RetryPolicy: { MaximumEventAgeInSeconds: 86_400, MaximumRetryAttempts: 185 },
        },
      ],
    });
  });

  test('for models with names as long as they get is told by patterns that EventBridge takes', () => {
    const models = Array.from({ length: 30 }, (_, index) => `${'m'.repeat(60)}-${index}`);
    const rules = rulesOf(models);
    expect(rules.length).toBeGreaterThan(1);
    for (const { EventPattern } of rules) {
      // With the longest name that a bucket has, instead of one of six letters.
      expect(JSON.stringify(EventPattern).length + 57).toBeLessThanOrEqual(2048);
    }
    const prefixes = keysOf(rules).flatMap(({ prefix }) => prefix ?? []);
    expect(prefixes).toEqual(models.map((model) => `batch/in/${model}/`));
    expect(keysOf(rules)).toHaveLength(31);
  });

  test('for many models with usual names is one rule’s', () => {
    expect(rulesOf(Array.from({ length: 30 }, (_, index) => `credit-risk-${index}`))).toHaveLength(1);
  });
});

describe('a schedule', () => {
  const scheduled = (input: string) =>
    synthBatch({ models: { iris: { schedule: { rate: 'cron(0 6 * * ? *)', input } }, digits: {} } });

  test.each([
    ['batch/daily/', 's3://models/batch/daily/'],
    ['s3://our-lake/iris/', 's3://our-lake/iris/'],
  ])('asks for a job of %s', (input, url) => {
    const template = scheduled(input);
    template.resourceCountIs('AWS::Events::Rule', 2);
    template.hasResourceProperties('AWS::Events::Rule', {
      ScheduleExpression: 'cron(0 6 * * ? *)',
      Targets: [
        Match.objectLike({
          Arn: { Ref: Match.stringLikeRegexp('^BatchWorkflow') },
          Input: JSON.stringify({ model: 'iris', inputs: [url], actor: 'schedule cron(0 6 * * ? *)' }),
          DeadLetterConfig: { Arn: Match.anyValue() },
        }),
      ],
    });
  });

  test('may do so by the same role as arrivals', () => {
    const template = scheduled('batch/daily/');
    const roles = Object.values(template.findResources('AWS::Events::Rule')).map(
      ({ Properties }) => (Properties as { Targets: { RoleArn: unknown }[] }).Targets[0]?.RoleArn,
    );
    expect(new Set(roles.map((role) => JSON.stringify(role))).size).toBe(1);
    expect(statementsOf(template, 'BatchWorkflowEventsRole').map(({ Action }) => Action)).toEqual([
      'states:StartExecution',
    ]);
  });
});

describe('what could not be delivered', () => {
  test('is kept for two weeks, encrypted', () => {
    synthBatch().hasResourceProperties('AWS::SQS::Queue', {
      QueueName: 'onnward-dev--batch-undelivered',
      MessageRetentionPeriod: 14 * 86_400,
      SqsManagedSseEnabled: true,
    });
  });

  test('comes from the rules alone, over TLS', () => {
    const [policy] = Object.values(
      synthBatch({
        models: { iris: { schedule: { rate: 'rate(1 day)', input: 'batch/a/' } } },
      }).findResources('AWS::SQS::QueuePolicy'),
    );
    const { Statement } = (policy as { Properties: { PolicyDocument: { Statement: object[] } } }).Properties
      .PolicyDocument;
    expect(Statement).toEqual([
      expect.objectContaining({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
      ...['^BatchStartsArrivals', '^BatchStartsSchedule'].map((rule) =>
        expect.objectContaining({
          Effect: 'Allow',
          Action: 'sqs:SendMessage',
          Principal: { Service: 'events.amazonaws.com' },
          Condition: {
            ArnEquals: { 'aws:SourceArn': { 'Fn::GetAtt': [expect.stringMatching(rule) as string, 'Arn'] } },
          },
        }),
      ),
    ]);
  });
});
