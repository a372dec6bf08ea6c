import { acknowledgeWildcard } from '#constructs/wildcard.ts';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { AccountPrincipal, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { AwsSolutionsChecks } from 'cdk-nag';
import { describe, expect, test } from 'vitest';
import { newStack } from './synth.ts';

const RULE = 'AwsSolutions-IAM5';

/** The wildcards of a role that cdk-nag finds, when `acknowledged` of what the role may do is acknowledged. */
function found(arnsOf: (bucket: Bucket) => string[], acknowledged: (arns: string[]) => string[]): string[] {
  const stack = newStack();
  const role = new Role(stack, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
  const resources = arnsOf(new Bucket(stack, 'Bucket'));
  role.addToPolicy(new PolicyStatement({ actions: ['s3:GetObject'], resources }));
  for (const arn of acknowledged(resources)) acknowledgeWildcard(role, arn, 'a reason');
  return new AwsSolutionsChecks(stack)
    .validateScope(stack)
    .violations.map(({ ruleName }) => ruleName)
    .filter((name) => name.startsWith(RULE));
}

describe('an acknowledged wildcard is found no more', () => {
  test.each([
    ['of an ARN in words', () => ['arn:aws:s3:::models/*']],
    ['of a resource of the stack', (bucket: Bucket) => [bucket.arnForObjects('models/*')]],
    ['of everything', () => ['*']],
  ])('%s', (_, arnsOf) => {
    expect(found(arnsOf, () => [])).toHaveLength(1);
    expect(found(arnsOf, (arns) => arns)).toEqual([]);
  });
});

test('another wildcard of the same role still is', () => {
  const arnsOf = (bucket: Bucket) => [bucket.arnForObjects('models/*'), bucket.arnForObjects('capture/*')];
  expect(found(arnsOf, ([first]) => [first as string])).toEqual([expect.stringMatching(/capture\/\*\]$/)]);
});

test('who is no construct of the app has nothing to acknowledge', () => {
  expect(() => acknowledgeWildcard(new AccountPrincipal('111122223333'), '*', 'a reason')).not.toThrow();
});
