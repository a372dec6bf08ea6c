import { Validations } from 'aws-cdk-lib';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { describe, expect, test } from 'vitest';
import { newStack } from '../../constructs/synth.ts';
import { acknowledgements, findings, unused } from './nag.ts';
import { synthesise } from './synthesise.ts';
import { synthesiseVariants, VARIANTS } from './variants.ts';

/** Where account and region are not known yet, names in the template are made of references. */
const anywhere = { name: 'anywhere', ...synthesise(VARIANTS.full, { env: {} }) };

describe.each([...synthesiseVariants(), anywhere])('the stage $name', ({ app }) => {
  test('has nothing that AwsSolutions complains of', () => {
    expect(findings(app)).toEqual([]);
  });

  test('acknowledges nothing that is not there', () => {
    expect(unused(app)).toEqual([]);
  });

  test('has a reason for everything acknowledged', () => {
    for (const { reason } of acknowledgements(app)) expect(reason).toMatch(/^[A-Z].{30,}\.$/);
  });
});

describe('the check itself', () => {
  const withWildcard = () => {
    const stack = newStack();
    const role = new Role(stack, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    role.addToPolicy(new PolicyStatement({ actions: ['s3:GetObject'], resources: ['*'] }));
    return { stack, role };
  };
  const rule = 'AwsSolutions-IAM5[Resource::*]';

  test('finds a wildcard', () => {
    const { stack } = withWildcard();
    expect(findings(stack)).toEqual([{ rule, path: 'Test/Role/DefaultPolicy/Resource' }]);
  });

  test('takes an acknowledgement, and knows that it is needed', () => {
    const { stack, role } = withWildcard();
    Validations.of(role).acknowledge({ id: rule, reason: 'For the test.' });
    expect(findings(stack)).toEqual([]);
    expect(acknowledgements(stack)).toEqual([{ rule, path: 'Test/Role', reason: 'For the test.' }]);
    expect(unused(stack)).toEqual([]);
  });

  test('finds an acknowledgement of what is not there, or is elsewhere', () => {
    const { stack } = withWildcard();
    const topic = new Topic(stack, 'Topic', { enforceSSL: true });
    Validations.of(topic).acknowledge({ id: rule, reason: 'For the test.' });
    expect(unused(stack)).toEqual([{ rule, path: 'Test/Topic', reason: 'For the test.' }]);
  });
});
