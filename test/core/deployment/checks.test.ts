import { describe, expect, test } from 'vitest';
import { checkConcurrency, checkNode, type ConcurrencyFacts } from '#core/deployment/checks.ts';

describe('concurrency', () => {
  test.each<[ConcurrencyFacts, string, string?]>([
    [{ limit: 1000, unreserved: 1000, asked: 0, isDeployed: false }, 'ok'],
    [{ limit: 1000, unreserved: 1000, asked: 900, isDeployed: false }, 'ok'],
    [{ limit: 1000, unreserved: 1000, asked: 901, isDeployed: false }, 'failure', 'Reserve at most 900'],
    // What other functions have reserved is gone.
    [{ limit: 1000, unreserved: 150, asked: 100, isDeployed: false }, 'failure', 'Reserve at most 50'],
    [{ limit: 1000, unreserved: 100, asked: 100, isDeployed: true }, 'ok'],
    [{ limit: 10, unreserved: 10, asked: 0, isDeployed: false }, 'warning', 'new accounts begin with 10'],
    [{ limit: 10, unreserved: 10, asked: 1, isDeployed: false }, 'failure', 'Reserve at most 0'],
    [{ limit: 100, unreserved: 100, asked: 0, isDeployed: false }, 'ok'],
  ])('%j is %s', (facts, level, fix) => {
    expect(checkConcurrency(facts)).toMatchObject({ level, ...(fix && { fix: expect.stringContaining(fix) }) });
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
