import { describe, expect, test } from 'vitest';
import { readinessOf, type StackReadiness, wayOutOf } from '#core/deployment/stacks.ts';

/** Every status that CloudFormation has. Source: its user guide, "Stack status codes". */
const STATUSES: Readonly<Record<string, StackReadiness>> = {
  CREATE_COMPLETE: 'ready',
  CREATE_FAILED: 'stuck',
  CREATE_IN_PROGRESS: 'busy',
  DELETE_COMPLETE: 'absent',
  DELETE_FAILED: 'stuck',
  DELETE_IN_PROGRESS: 'busy',
  IMPORT_COMPLETE: 'ready',
  IMPORT_IN_PROGRESS: 'busy',
  IMPORT_ROLLBACK_COMPLETE: 'ready',
  IMPORT_ROLLBACK_FAILED: 'stuck',
  IMPORT_ROLLBACK_IN_PROGRESS: 'busy',
  REVIEW_IN_PROGRESS: 'busy',
  ROLLBACK_COMPLETE: 'absent',
  ROLLBACK_FAILED: 'stuck',
  ROLLBACK_IN_PROGRESS: 'busy',
  UPDATE_COMPLETE: 'ready',
  UPDATE_COMPLETE_CLEANUP_IN_PROGRESS: 'busy',
  UPDATE_FAILED: 'stuck',
  UPDATE_IN_PROGRESS: 'busy',
  UPDATE_ROLLBACK_COMPLETE: 'ready',
  UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS: 'busy',
  UPDATE_ROLLBACK_FAILED: 'stuck',
  UPDATE_ROLLBACK_IN_PROGRESS: 'busy',
};

test.each(Object.entries(STATUSES))('%s is %s', (status, readiness) => {
  expect(readinessOf({ name: 's', status, outputs: {}, changedAt: '' })).toBe(readiness);
});

test('a stack that is not there is absent', () => {
  expect(readinessOf(undefined)).toBe('absent');
});

describe('the way out of a stack that is stuck', () => {
  const wayOut = (status: string): string => wayOutOf({ name: 's', status, outputs: {}, changedAt: '' });

  test.each([
    ['UPDATE_ROLLBACK_FAILED', 'run `aws cloudformation continue-update-rollback --stack-name s`'],
    ['UPDATE_FAILED', 'run `aws cloudformation rollback-stack --stack-name s`'],
    ['CREATE_FAILED', 'run `aws cloudformation rollback-stack --stack-name s`'],
    ['ROLLBACK_FAILED', 'run `onnward destroy`: it can only be deleted'],
    ['DELETE_FAILED', 'run `onnward destroy`: it can only be deleted'],
  ])('in %s: %s', (status, way) => {
    expect(wayOut(status)).toBe(way);
  });

  test('is there for every status that is stuck', () => {
    const stuck = Object.keys(STATUSES).filter((status) => STATUSES[status] === 'stuck');
    const unnamed = stuck.filter((status) => wayOut(status).includes('console'));
    expect(unnamed).toEqual(['IMPORT_ROLLBACK_FAILED']);
  });
});
