import { expect, test } from 'vitest';
import { forEachModel } from '../../../functions/monitoring/each.ts';

const HOUR_MS = 3_600_000;

test('one that never ends keeps no other from its turn', async () => {
  const done: string[] = [];
  const end = performance.now() + 40;
  const remaining = { getRemainingTimeInMillis: () => end - performance.now() };
  const failures = await forEachModel(['stuck', 'iris', 'wine'], { remaining, now: 0 }, async (model) => {
    if (model === 'stuck') await new Promise(() => undefined);
    done.push(model);
  });
  expect(done).toEqual(['iris', 'wine']);
  expect([...failures]).toMatchObject([['stuck', { code: 'monitor.failed', kind: 'unavailable' }]]);
});

test('what fails keeps no other from its turn, and each hour another one is the first', async () => {
  const turns: string[] = [];
  for (const hour of [0, 1, 2, 3]) {
    const failures = await forEachModel(['a', 'b', 'c'], { now: hour * HOUR_MS }, async (model) => {
      turns.push(model);
      await Promise.resolve();
      if (model === 'b') throw new Error('b is bad');
    });
    expect([...failures.keys()]).toEqual(['b']);
  }
  expect(turns.join('')).toBe('abcbcacababc');
});
