import { describe, expect, test } from 'vitest';
import { checkCdkOptions } from '#core/deployment/cdk-options.ts';

describe('what would move live, or is decided already, is not passed on', () => {
  test.each([
    [['--revert-drift'], 'moving `live` is what it calls drift'],
    [['--revertDrift'], '$LATEST'],
    [['--revert-drift=true'], '$LATEST'],
    [['--hotswap'], 'past CloudFormation'],
    [['--hotswap-fallback'], 'past CloudFormation'],
    [['--watch'], 'past CloudFormation'],
    [['--no-execute'], 'npx cdk deploy'],
    [['--method', 'prepare-change-set'], 'npx cdk deploy'],
    [['-m=direct'], 'npx cdk deploy'],
    [['--app', 'other'], 'Onnward says that'],
    [['-fe'], 'Onnward says that'],
    [['-a', 'other'], 'Onnward says that'],
    [['--require-approval', 'never'], 'Onnward says that'],
    [['--profile', 'p'], 'AWS_PROFILE'],
    [['--region', 'eu-west-1'], 'AWS_PROFILE'],
    [['-c', 'stage=prod'], '--stage'],
    [['--context', 'stage=prod'], '--stage'],
    [['--context=stage=prod'], '--stage'],
    [['--tags', 'a=b', '--hotswap'], 'past CloudFormation'],
  ])('%j', (words, reason) => {
    expect(() => checkCdkOptions(words)).toThrow(
      expect.objectContaining({ code: 'usage.cdk_option', message: expect.stringContaining(reason) }),
    );
  });
});

test.each([
  [[]],
  [['--verbose', '-v']],
  [['--tags', 'team=ml']],
  [['--no-rollback']],
  [['--role-arn', 'arn:aws:iam::1:role/r']],
  [['-c', 'mine=stage=x', '--context=mine=1', '--concurrency', '2']],
])('%j is', (words) => {
  expect(() => checkCdkOptions(words)).not.toThrow();
});
