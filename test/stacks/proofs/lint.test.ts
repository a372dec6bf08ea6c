import { describe, expect, test } from 'vitest';
import { REASONS } from '../../template/reasons.ts';
import { complaints, type LintFinding, ofCfnLint, ofCheckov, type Reason } from './lint.ts';

const finding: LintFinding = {
  rule: 'W1',
  message: 'is odd',
  resource: 'AWS::S3::Bucket.Registry',
  template: 'zip.registry.template.json',
};
const reason: Reason = { rule: 'W1', resource: /^AWS::S3::Bucket\./, template: /^zip\./, reason: 'A reason.' };

describe('what is found', () => {
  test('by cfn-lint has the type of its resource', () => {
    const found = {
      Rule: { Id: 'W1' },
      Message: 'is odd',
      Filename: '/tmp/x/zip.registry.template.json',
      Location: { Path: ['Resources', 'Registry', 'DependsOn', 0] },
    };
    expect(ofCfnLint([found], () => ({ Registry: { Type: 'AWS::S3::Bucket' } }))).toEqual([finding]);
  });

  test('by cfn-lint of a whole template has no resource', () => {
    const found = { Rule: { Id: 'E0' }, Message: 'is broken', Filename: 'a.json', Location: { Path: null } };
    expect(ofCfnLint([found], () => ({}))).toEqual([
      { rule: 'E0', message: 'is broken', resource: '', template: 'a.json' },
    ]);
  });

  test('by checkov is as it stands', () => {
    const check = {
      check_id: 'W1',
      check_name: 'is odd',
      file_path: '/zip.registry.template.json',
      resource: 'AWS::S3::Bucket.Registry',
    };
    const summary = { parsing_errors: 0, resource_count: 1 };
    expect(ofCheckov({ results: { failed_checks: [check] }, summary })).toEqual([finding]);
  });

  test.each([
    { parsing_errors: 1, resource_count: 1 },
    { parsing_errors: 0, resource_count: 0 },
  ])('by checkov is one more where it could not read all: %j', (summary) => {
    const [unread] = ofCheckov({ results: { failed_checks: [] }, summary });
    expect(unread?.rule).toBe('parsing');
  });
});

describe('a complaint', () => {
  test('is a finding without a reason', () => {
    expect(complaints([finding], [])).toEqual(['zip.registry.template.json: W1 AWS::S3::Bucket.Registry: is odd']);
    expect(complaints([finding], [reason])).toEqual([]);
  });

  test.each([
    ['another rule', { rule: 'W2' }],
    ['another resource', { resource: /^AWS::SNS::Topic\./ }],
    ['another template', { template: /^rest\./ }],
  ])('is not answered by a reason for %s', (_, other) => {
    expect(complaints([finding], [{ ...reason, ...other }])).toHaveLength(2);
  });

  test('is a reason without a finding', () => {
    expect(complaints([], [reason])).toEqual([expect.stringContaining('W1') as string]);
  });
});

test.each(REASONS)('$rule has a reason that can be read', ({ reason: text }) => {
  expect(text).toMatch(/^[A-Z].{30,}\.$/);
});
