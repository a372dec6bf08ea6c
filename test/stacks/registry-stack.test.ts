import { RegistryStack } from '#stacks/registry-stack.ts';
import { Template } from 'aws-cdk-lib/assertions';
import { expect, test } from 'vitest';
import { newApp } from '../constructs/synth.ts';

const template = Template.fromStack(new RegistryStack(newApp(), 'OnnwardRegistry'));

/** CloudFormation replaces what changes its logical id: for these, that would lose what they hold. */
const STATEFUL = /^AWS::(S3::Bucket|KMS::Key|DynamoDB::Table|ECR::Repository|Logs::LogGroup)$/;

test('the logical ids of what holds state never change', () => {
  const resources = template.toJSON().Resources as Record<string, { Type: string }>;
  const stateful = Object.entries(resources).filter(([, { Type }]) => STATEFUL.test(Type));
  expect(stateful.map(([id]) => id)).toEqual(['RegistryBucket9C3667AF']);
});

test('it says where the store is', () => {
  const value = { 'Fn::Join': ['', ['s3://', { Ref: 'RegistryBucket9C3667AF' }]] };
  expect(template.findOutputs('StoreUrl')).toMatchObject({ StoreUrl: { Value: value } });
});
