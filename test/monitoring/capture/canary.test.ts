import { expect, test } from 'vitest';
import { canaryRun } from '../../../bench/capture/canary-run.ts';

const REQUESTS = 20_000;

// A million of them: bench/capture/canary.ts.
test('what is sensitive is found nowhere, in whatever requests it came', { timeout: 120_000 }, async () => {
  const { found, refused, captured, unreadable, searched } = await canaryRun(REQUESTS);
  expect(found).toEqual([]);
  expect(unreadable).toBe(0);
  expect(refused).toBeGreaterThan(REQUESTS / 60);
  // A token bucket gives ten thousand of each model at once, and a busy server may be faster than its rate.
  expect(captured).toBeGreaterThan((REQUESTS - refused) * 0.5);
  for (const bytes of Object.values(searched)) expect(bytes).toBeGreaterThan(100);
});
