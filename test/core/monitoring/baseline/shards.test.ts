import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { spread } from '#core/monitoring/baseline/shards.ts';

test('all of them, one after the other, where there is room', () => {
  expect([...spread(5, () => Infinity)]).toStrictEqual([0, 1, 2, 3, 4]);
  expect([...spread(0, () => Infinity)]).toStrictEqual([]);
});

test('some of them, all over', () => {
  let room = 3;
  expect([...spread(100, () => room--)]).toStrictEqual([0, 33, 66, 99]);
});

test('the first, whatever room there is', () => {
  expect([...spread(10, () => -1)]).toStrictEqual([0]);
  expect([...spread(10, () => NaN)]).toHaveLength(1);
});

test('no more than there is room for, ascending, and the last third is not left out', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 500 }), fc.integer({ min: 1, max: 200 }), (count, most) => {
      let done = 0;
      const taken: number[] = [];
      for (const index of spread(count, () => most - done)) {
        done += 1;
        taken.push(index);
      }
      expect(taken.length).toBeLessThanOrEqual(most);
      expect(taken).toStrictEqual([...new Set(taken)].sort((a, b) => a - b));
      if (most >= 4 && count > 1) expect(taken.at(-1)!).toBeGreaterThanOrEqual(Math.floor((count - 1) / 2));
    }),
  );
});
