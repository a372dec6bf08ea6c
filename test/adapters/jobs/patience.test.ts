import { expect, test } from 'vitest';
import { patiently } from '#adapters/jobs/patience.ts';
import { OnnwardError } from '#core/errors.ts';

/** Work that fails so often before it is done. */
function failing(times: number, code: string) {
  const calls = { count: 0 };
  const work = async (): Promise<string> => {
    if (++calls.count <= times) throw new OnnwardError('No.', { code, kind: 'unavailable' });
    return 'done';
  };
  return { calls, work };
}

test.each(['store.unreachable', 'store.failed', 'store.busy', 'store.no_credentials'])('%s passes', async (code) => {
  const { calls, work } = failing(1, code);
  expect(await patiently(work, { ms: 5000 })).toBe('done');
  expect(calls.count).toBe(2);
});

test.each(['store.access_denied', 'store.precondition', 'store.no_bucket', 'input.changed'])(
  '%s does not',
  async (code) => {
    const { calls, work } = failing(1, code);
    await expect(patiently(work, { ms: 5000 })).rejects.toMatchObject({ code });
    expect(calls.count).toBe(1);
  },
);

test('what is no error of ours is thrown as it is', async () => {
  await expect(patiently(() => Promise.reject(new TypeError('bug')), { ms: 5000 })).rejects.toThrow(TypeError);
});

test('patience ends, and begins with the first failure', async () => {
  const { calls, work } = failing(99, 'store.unreachable');
  const started = performance.now();
  await expect(patiently(work, { ms: 500 })).rejects.toMatchObject({ code: 'store.unreachable' });
  expect(performance.now() - started).toBeLessThan(1500);
  expect(calls.count).toBeGreaterThan(1);
});

test('nothing is tried again once it is to end', async () => {
  const ending = new AbortController();
  const { calls, work } = failing(99, 'store.unreachable');
  const trying = patiently(work, { ms: 60_000, signal: ending.signal });
  setTimeout(() => ending.abort(), 20);
  await expect(trying).rejects.toMatchObject({ code: 'store.unreachable' });
  expect(calls.count).toBeLessThanOrEqual(2);
});
