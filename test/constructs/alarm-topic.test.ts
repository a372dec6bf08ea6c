import { AlarmTopic } from '#constructs/alarm-topic.ts';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { describe, expect, test } from 'vitest';
import { newStack } from './synth.ts';

const synth = (emails?: string[]): Template => {
  const stack = newStack();
  new AlarmTopic(stack, 'Alarms', { stage: 'dev', ...(emails && { emails }) });
  return Template.fromStack(stack);
};

describe('the topic', () => {
  test('is called after its stage', () => {
    synth().hasResourceProperties('AWS::SNS::Topic', { TopicName: 'onnward-dev-alarms' });
  });

  test('lets alarms of this account and stage publish, and nothing else', () => {
    const policies = Object.values(synth().findResources('AWS::SNS::TopicPolicy'));
    expect(policies).toHaveLength(1);
    const statements = (policies[0] as { Properties: { PolicyDocument: { Statement: { Effect: string }[] } } })
      .Properties.PolicyDocument.Statement;
    const allowed = statements.filter(({ Effect }) => Effect === 'Allow');
    expect(allowed).toEqual([
      {
        Sid: 'AlarmsPublish',
        Effect: 'Allow',
        Principal: { Service: 'cloudwatch.amazonaws.com' },
        Action: 'sns:Publish',
        Resource: { Ref: expect.any(String) as string },
        Condition: {
          StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } },
          ArnLike: { 'aws:SourceArn': expect.anything() as unknown },
        },
      },
    ]);
    expect(JSON.stringify(allowed)).toContain(':alarm:onnward-dev-*');
  });

  test('takes nothing without TLS', () => {
    synth().hasResourceProperties('AWS::SNS::TopicPolicy', {
      PolicyDocument: Match.objectLike({
        Statement: Match.arrayWith([
          Match.objectLike({
            Effect: 'Deny',
            Action: 'sns:Publish',
            Condition: { Bool: { 'aws:SecureTransport': 'false' } },
          }),
        ]),
      }),
    });
  });

  test('has no key: alarms could not publish through the one that AWS manages', () => {
    synth().hasResourceProperties('AWS::SNS::Topic', { KmsMasterKeyId: Match.absent() });
  });
});

test('nobody is written to who was not named', () => {
  synth().resourceCountIs('AWS::SNS::Subscription', 0);
});

test('everybody named gets e-mail', () => {
  const template = synth(['a@example.com', 'b@example.com']);
  for (const Endpoint of ['a@example.com', 'b@example.com']) {
    template.hasResourceProperties('AWS::SNS::Subscription', { Protocol: 'email', Endpoint });
  }
});
