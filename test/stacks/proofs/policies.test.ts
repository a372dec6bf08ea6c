import { expect, test } from 'vitest';
import { allows, openToAnybody, permissionsOf, trusted, wide } from './policies.ts';

const policy = (statement: object, roles: unknown[] = [{ Ref: 'Role' }]) => ({
  Policy: { Type: 'AWS::IAM::Policy', Properties: { PolicyDocument: { Statement: statement }, Roles: roles } },
});

const reading = { Effect: 'Allow', Action: 's3:GetObject', Resource: 'arn:aws:s3:::b/models/digits/manifest.json' };

test('permissions are listed action by action and resource by resource', () => {
  const statement = { ...reading, Action: ['s3:GetObject', 's3:PutObject'], Resource: ['a', { Ref: 'B' }] };
  expect(permissionsOf(policy([statement]))).toEqual(
    ['s3:GetObject', 's3:PutObject'].flatMap((action) =>
      ['a', '${B}'].map((resource) => ({ holder: 'Role', action, resource })),
    ),
  );
});

test('an inline policy of a role counts alike', () => {
  const Properties = { Policies: [{ PolicyDocument: { Statement: [reading] } }] };
  expect(permissionsOf({ Role: { Type: 'AWS::IAM::Role', Properties } })).toHaveLength(1);
});

test('a managed policy that names no role holds what it allows itself', () => {
  const Properties = { PolicyDocument: { Statement: [reading] } };
  const found = permissionsOf({ Managed: { Type: 'AWS::IAM::ManagedPolicy', Properties } });
  expect(found.map(({ holder }) => holder)).toEqual(['Managed']);
});

test('what is denied is not allowed', () => {
  expect(permissionsOf(policy({ ...reading, Effect: 'Deny' }))).toEqual([]);
});

test.each([
  ['an action', { ...reading, Action: 's3:*' }, 1],
  ['part of an action', { ...reading, Action: 's3:Get*' }, 1],
  ['a resource', { ...reading, Resource: '*' }, 1],
  ['part of a resource', { ...reading, Resource: { 'Fn::Join': ['', [{ Ref: 'B' }, '/*']] } }, 1],
  ['every action but one', { Effect: 'Allow', NotAction: 's3:GetObject', Resource: 'a' }, 1],
  ['every resource but one', { Effect: 'Allow', Action: 's3:GetObject', NotResource: 'a' }, 1],
  ['nothing', reading, 0],
])('a wildcard is seen for %s', (_, statement, count) => {
  expect(wide(permissionsOf(policy(statement)))).toHaveLength(count);
});

test('an allowance allows one holder one action on one resource', () => {
  const allowance = { holder: /^Role$/, action: /^s3:GetObject$/, resource: /^a\/\*$/, reason: 'a reason' };
  const permission = { holder: 'Role', action: 's3:GetObject', resource: 'a/*' };
  expect(allows(allowance, permission)).toBe(true);
  expect(allows(allowance, { ...permission, holder: 'Roles' })).toBe(false);
  expect(allows(allowance, { ...permission, action: 's3:*' })).toBe(false);
  expect(allows(allowance, { ...permission, resource: '*' })).toBe(false);
});

test.each([
  ['*', 1],
  [{ AWS: '*' }, 1],
  [{ AWS: ['*'] }, 1],
  [{ Service: 'lambda.amazonaws.com' }, 0],
])('a policy for %j lets %i in whom nobody knows', (Principal, count) => {
  const Properties = { PolicyDocument: { Statement: { ...reading, Principal } } };
  expect(openToAnybody({ Bucket: { Type: 'AWS::S3::BucketPolicy', Properties } })).toHaveLength(count);
});

test('a role says who may take it on', () => {
  const AssumeRolePolicyDocument = { Statement: [{ Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' } }] };
  expect(trusted({ Type: 'AWS::IAM::Role', Properties: { AssumeRolePolicyDocument } })).toEqual([
    'Service:lambda.amazonaws.com',
  ]);
});
