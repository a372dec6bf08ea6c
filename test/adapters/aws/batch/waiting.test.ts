import { describe, expect, test } from 'vitest';
import type { EnvironmentFacts, QueueFacts } from '#adapters/aws/batch/batch.ts';
import { unfitOf, whyItWaits } from '#adapters/aws/batch/waiting.ts';

const environment = (more: Partial<EnvironmentFacts> = {}): EnvironmentFacts => ({
  name: 'spot',
  state: 'ENABLED',
  status: 'VALID',
  statusReason: 'ComputeEnvironment Healthy',
  instanceTypes: ['g4dn.xlarge'],
  ...more,
});
const queue = (
  environments: readonly EnvironmentFacts[] = [environment()],
  more: Partial<QueueFacts> = {},
): QueueFacts => ({
  name: 'onnward-dev--training-gpu',
  state: 'ENABLED',
  status: 'VALID',
  statusReason: 'JobQueue Healthy',
  environments,
  ...more,
});
const waits = (statusReason: string, from: QueueFacts | undefined = queue(), minutes = 60): string =>
  whyItWaits({ statusReason, age: minutes * 60_000 }, from);

describe('a job waits', () => {
  test('for a machine that starts, as long as that usually takes', () => {
    expect(waits('', queue(), 2)).toBe('A machine is being started for it, which takes some minutes.');
  });

  test.each([
    [
      'CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY - Service cannot fulfill the capacity requested for instance type g5.xlarge',
      /no such machines to spare.*given up after a day.*instanceTypes.*\(CAPACITY:.*g5\.xlarge\)$/,
    ],
    ['MISCONFIGURATION:COMPUTE_ENVIRONMENT_MAX_RESOURCE - CE(s) associated with the job queue', /raise `maxCpus`/],
    [
      'MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT - The job requirement can not be met',
      /ask for less, or name larger `instanceTypes`/,
    ],
    ['MISCONFIGURATION:SERVICE_ROLE_PERMISSIONS - Batch service role has a permission issue', /AWSServiceRoleForBatch/],
    ['UNDETERMINED - Batch job is blocked, root cause is undetermined', /^AWS Batch says: UNDETERMINED/],
  ])('for what AWS Batch says: %s', (reason, words) => {
    expect(waits(reason)).toMatch(words);
  });

  test('for a quota, which new accounts have none of, where nobody says', () => {
    expect(waits('')).toBe(
      "No machine has come for it in 60 minutes, and AWS Batch does not say why: others may be before it, or the account's quota of vCPUs is used up, or 0 as in new accounts: ask for more in Service Quotas, Amazon EC2, 'Running On-Demand G and VT instances' and 'All G and VT Spot Instance Requests'.",
    );
    expect(waits('', queue([environment({ instanceTypes: ['c6i.xlarge', 'm6i.xlarge'] })]))).toContain(
      "'Running On-Demand Standard (A, C, D, H, I, M, R, T, Z) instances'",
    );
    expect(waits('', queue([environment({ instanceTypes: ['p5.48xlarge'] })]))).toContain(
      "'All P Spot Instance Requests'",
    );
  });

  test('for a queue that is gone', () => {
    expect(whyItWaits({ statusReason: '', age: 0 }, undefined)).toBe('Its queue is gone: deploy the stage again.');
  });
});

describe('what is behind a queue is unfit', () => {
  const invalid = environment({
    status: 'INVALID',
    statusReason: 'CLIENT_ERROR - You have requested more vCPU capacity than your current vCPU limit of 0',
  });

  test('where all of it is, with what AWS Batch says of the first, and what to do about a quota', () => {
    expect(unfitOf(queue([invalid, environment({ name: 'on demand', state: 'DISABLED' })]))).toMatch(
      /^The environment spot is invalid: CLIENT_ERROR - .* limit of 0\. Most often the account's quota .*G and VT/,
    );
    expect(waits('whatever it says', queue([invalid]))).toContain('The environment spot is invalid');
  });

  test('not where the next one can be tried', () => {
    expect(unfitOf(queue([invalid, environment()]))).toBeUndefined();
    expect(unfitOf(queue())).toBeUndefined();
  });

  test.each([
    [queue([environment({ state: 'DISABLED' })]), 'The environment spot is disabled'],
    [queue([], {}), 'The queue onnward-dev--training-gpu has no environment: deploy the stage again.'],
    [
      queue([environment()], { state: 'DISABLED' }),
      'The queue onnward-dev--training-gpu is disabled: enable it, or deploy the stage again.',
    ],
    [
      queue([environment()], { status: 'INVALID', statusReason: 'No VALID environments' }),
      'The queue onnward-dev--training-gpu is invalid: No VALID environments',
    ],
  ])('as a person would say it: %#', (found, words) => {
    expect(unfitOf(found)).toBe(words);
  });
});
