import { describe, expect, test } from 'vitest';
import { pauseBefore, until } from '#adapters/aws/lambda/waiting.ts';

const pace = { first: 4, most: 10 };

describe('waiting', () => {
  test('ends with the first answer', async () => {
    let reads = 0;
    const read = async () => (++reads === 3 ? 'there' : undefined);
    expect(await until(read, { what: 'it', limit: 1000, pace })).toBe('there');
    expect(reads).toBe(3);
  });

  test('asks at ever longer intervals, up to the longest', async () => {
    const at: number[] = [];
    const read = async () => (at.push(performance.now()) === 8 ? true : undefined);
    await until(read, { what: 'it', limit: 1000, pace });
    const pauses = at.slice(1).map((time, index) => time - at[index]!);
    for (const [index, least] of [4, 6, 9, 10, 10, 10, 10].entries())
      expect(pauses[index]).toBeGreaterThan(least - 1.5);
  });

  test('is given up after its limit, and says of what', async () => {
    let reads = 0;
    const read = async () => void reads++;
    await expect(until(read, { what: 'Version 3', limit: 20, pace })).rejects.toMatchObject({
      code: 'publish.timeout',
      message: expect.stringContaining('Version 3 was not ready'),
      fields: { limitMs: 20 },
    });
    expect(reads).toBeGreaterThan(1);
  });

  test('passes on what reading throws', async () => {
    await expect(until(() => Promise.reject(new Error('no')), { what: 'it', limit: 100, pace })).rejects.toThrow('no');
  });
});

test('each further attempt waits longer, up to the longest', async () => {
  const started = performance.now();
  for (const attempt of [1, 2, 100]) await pauseBefore(attempt, pace);
  const took = performance.now() - started;
  expect(took).toBeGreaterThan(4 + 8 + 10 - 4);
  expect(took).toBeLessThan(4 + 8 + 400);
});
