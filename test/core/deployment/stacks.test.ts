import { expect, test } from 'vitest';
import { readinessOf, type StackReadiness } from '#core/deployment/stacks.ts';

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
