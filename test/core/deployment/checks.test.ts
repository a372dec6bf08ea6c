import { describe, expect, test } from 'vitest';
import { checkConcurrency, checkNode } from '#core/deployment/checks.ts';

describe('concurrency', () => {
  test.each<[number, Record<string, number>, string, string?]>([
    [1000, {}, 'ok'],
    [1000, { iris: 500, digits: 400 }, 'ok'],
    [1000, { iris: 500, digits: 401 }, 'failure', 'Reserve at most 900'],
    [10, {}, 'warning', 'new accounts begin with 10'],
    [10, { iris: 1 }, 'failure', 'Reserve at most 0'],
    [100, {}, 'ok'],
  ])('%d executions, %j reserved, is %s', (limit, reserved, level, fix) => {
    expect(checkConcurrency(limit, reserved)).toMatchObject({
      level,
      ...(fix && { fix: expect.stringContaining(fix) }),
    });
  });
});

test.each([
  ['v24.21.0', 'ok'],
  ['v22.18.0', 'ok'],
  ['v22.17.9', 'failure'],
  ['v20.20.2', 'failure'],
])('Node %s is %s', (version, level) => {
  expect(checkNode(version).level).toBe(level);
});
