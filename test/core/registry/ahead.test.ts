import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { mapAhead } from '#core/registry/ahead.ts';

async function* numbers(count: number): AsyncIterable<number> {
  for (let number = 0; number < count; number++) yield number;
}

describe('mapAhead', () => {
  test.each([0, 1, 15, 16, 17, 100])('gives the results of %d items in their order', async (count) => {
    const work = async (number: number): Promise<number> => {
      await sleep(Math.random() * 3);
      return number * 2;
    };
    const expected = Array.from({ length: count }, (_, number) => number * 2);
    expect(await Array.fromAsync(mapAhead(numbers(count), work))).toEqual(expected);
  });

  test('has some under way at once, and never more than 16', async () => {
    let now = 0;
    let most = 0;
    const work = async (): Promise<void> => {
      most = Math.max(most, ++now);
      await sleep(1);
      now--;
    };
    await Array.fromAsync(mapAhead(numbers(50), work));
    expect(most).toBe(16);
  });

  test('fails in the turn of the item that failed, after those before it', async () => {
    const seen: number[] = [];
    const work = async (number: number): Promise<number> => {
      if (number === 3) throw new Error('three');
      return number;
    };
    const reading = (async () => {
      for await (const number of mapAhead(numbers(10), work)) seen.push(number);
    })();
    await expect(reading).rejects.toThrow('three');
    expect(seen).toEqual([0, 1, 2]);
  });

  test('what fails behind the end of the reading disturbs nobody', async () => {
    const work = async (number: number): Promise<number> => {
      if (number > 0) throw new Error('unseen');
      return number;
    };
    for await (const number of mapAhead(numbers(20), work)) {
      expect(number).toBe(0);
      break;
    }
    await sleep(5); // an unhandled rejection would fail the run
  });
});
