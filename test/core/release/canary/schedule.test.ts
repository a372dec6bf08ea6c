import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { levelOf, lookTimes } from '#core/release/canary/schedule.ts';

const watches = fc.record({
  bakeSeconds: fc.integer({ min: 1, max: 604_800 }),
  extensionSeconds: fc.integer({ min: 1, max: 604_800 }),
});

describe('a step is looked at', () => {
  test.each([
    [1, 1, [1, 2]],
    [3, 2, [1, 2, 3, 4, 5]],
    [10, 10, Array.from({ length: 20 }, (_, index) => index + 1)],
    [30, 5, [3, 6, 9, 12, 15, 18, 21, 24, 27, 30, 31, 32, 33, 34, 35]],
    [600, 600, Array.from({ length: 20 }, (_, index) => (index + 1) * 60)],
    [
      3600,
      10,
      [60, 120, 240, ...[6, 12, 18, 24, 30, 36, 42, 48, 54, 60].map((minutes) => minutes * 60), ...after(3600)],
    ],
  ])('in a bake of %i s with %i s more', (bakeSeconds, extensionSeconds, times) => {
    expect(lookTimes({ bakeSeconds, extensionSeconds })).toEqual(times);
  });

  test('a day has few looks, the first after a minute', () => {
    const times = lookTimes({ bakeSeconds: 86_400, extensionSeconds: 86_400 });
    expect(times.length).toBe(28);
    expect(times.slice(0, 9)).toEqual([60, 120, 240, 480, 960, 1920, 3840, 7680, 8640]);
  });

  test('at whole seconds that only grow, at the end of the bake and of the extension, and not often', () => {
    fc.assert(
      fc.property(watches, (watch) => {
        const times = lookTimes(watch);
        expect(times.every((time, index) => Number.isInteger(time) && time > (times[index - 1] ?? 0))).toBe(true);
        expect(times).toContain(watch.bakeSeconds);
        expect(times.at(-1)).toBe(watch.bakeSeconds + watch.extensionSeconds);
        expect(times.length).toBeLessThanOrEqual(32);
        const gaps = times.map((time, index) => time - (times[index - 1] ?? 0));
        expect(Math.max(...gaps)).toBeLessThanOrEqual(
          Math.ceil(Math.max(watch.bakeSeconds, watch.extensionSeconds) / 10) + 1,
        );
      }),
    );
  });
});

describe('alpha', () => {
  test('is spent whole by all looks, and nearly evenly', () => {
    const watch = { bakeSeconds: 600, extensionSeconds: 600 };
    const times = lookTimes(watch);
    const levels = times.map((time, index) => levelOf(0.05, watch, times[index - 1] ?? 0, time));
    expect(levels.reduce((sum, level) => sum + level)).toBeCloseTo(0.05, 12);
    expect(levels[0]).toBeCloseTo(0.05 * Math.log(1 + (Math.E - 1) / 20), 12);
    expect(levels[0]).toBeGreaterThan(0.004);
    expect(levels.at(-1)).toBeGreaterThan(0.0015);
  });

  test('is never overspent, whichever looks are left out', () => {
    fc.assert(
      fc.property(watches, fc.func(fc.boolean()), (watch, isLeftOut) => {
        const times = lookTimes(watch).filter((time) => !isLeftOut(time));
        const levels = times.map((time, index) => levelOf(0.05, watch, times[index - 1] ?? 0, time));
        expect(levels.every((level) => level > 0)).toBe(true);
        expect(levels.reduce((sum, level) => sum + level, 0)).toBeLessThanOrEqual(0.05 + 1e-12);
      }),
    );
  });
});

function after(bake: number): number[] {
  return Array.from({ length: 10 }, (_, index) => bake + index + 1);
}
