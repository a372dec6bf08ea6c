import { HEALTH_EVENT } from '#core/deployment/function-event.ts';
import { openPinned } from '../../functions/inference/host.ts';
import { createResponder } from '#serving/events/respond.ts';
import { Match } from 'aws-cdk-lib/assertions';
import { describe, expect, test } from 'vitest';
import { newRegistry, registerFixture } from '../support/registry.ts';
import { synthService } from './service.ts';

const live = { 'Fn::GetAtt': [Match.stringLikeRegexp('^ServiceLive'), 'AliasArn'] };

describe('the rule', () => {
  const { template } = synthService();

  test('invokes what is live every week', () => {
    template.resourceCountIs('AWS::Events::Rule', 1);
    template.hasResourceProperties('AWS::Events::Rule', {
      ScheduleExpression: 'rate(7 days)',
      State: 'ENABLED',
      Targets: [Match.objectLike({ Arn: live, Input: JSON.stringify(HEALTH_EVENT) })],
    });
  });

  test('may do so, and no other rule may', () => {
    template.hasResourceProperties('AWS::Lambda::Permission', {
      Action: 'lambda:InvokeFunction',
      FunctionName: live,
      Principal: 'events.amazonaws.com',
      SourceArn: { 'Fn::GetAtt': [Match.stringLikeRegexp('^ServiceKeepActiveRule'), 'Arn'] },
    });
  });
});

describe('its event', () => {
  const context = { awsRequestId: 'r-1', getRemainingTimeInMillis: () => 10_000 };
  const respond = (env: Record<string, string>) =>
    createResponder({ model: 'echo', serve: () => openPinned({ ONNWARD_MODEL: 'echo', ...env }) })(
      HEALTH_EVENT,
      context,
    );

  test('is answered by the function, whose model it loads', async () => {
    const { registry, store } = await newRegistry();
    await registerFixture(registry, 'echo', 'identity_fp32');
    const result = await respond({ ONNWARD_STORE: store.url, ONNWARD_VERSION: '1' });
    expect(result).toMatchObject({ statusCode: 200 });
  });

  test('is answered, and no crash, before anything is released', async () => {
    expect(await respond({ ONNWARD_STORE: 'file:/nowhere' })).toMatchObject({ statusCode: 503 });
  });
});
