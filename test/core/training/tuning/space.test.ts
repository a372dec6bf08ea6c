import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { TuningOptions } from '#core/training/options.ts';
import { uniform } from '#core/training/tuning/random.ts';
import { drawTrials, sizeOf, valueAt } from '#core/training/tuning/space.ts';

type Parameters = TuningOptions['parameters'];

describe('the generator', () => {
  test('gives the same numbers on every machine', () => {
    // First 53 bits of SHA-256, as Python gives them: int.from_bytes(sha256(name).digest()[:8], 'big') >> 11, over 2 ** 53.
    expect(uniform('0/0/rate')).toBe(0.365751564147221);
    expect(uniform('')).toBe(0.8894159948913373);
  });

  test('is uniform from 0 up to, and without, 1', () => {
    const drawn = Array.from({ length: 10_000 }, (_, index) => uniform(`7/${index}/c`));
    expect(Math.min(...drawn)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...drawn)).toBeLessThan(1);
    expect(kolmogorov(drawn)).toBeLessThan(SURE);
  });
});

describe('a range', () => {
  test('on the logarithm has as many trials from 0.001 to 0.01 as from 0.01 to 0.1', () => {
    const range = { from: 0.001, to: 0.1, scale: 'log' } as const;
    const drawn = Array.from({ length: 10_000 }, (_, index) => valueAt(range, uniform(`3/${index}/c`)) as number);
    expect(kolmogorov(drawn.map((value) => Math.log(value / 0.001) / Math.log(100)))).toBeLessThan(SURE);
    const below = drawn.filter((value) => value < 0.01).length;
    expect(Math.abs(below - 5000)).toBeLessThan(3 * Math.sqrt(2500));
  });

  test('of whole numbers has each as often as the others', () => {
    const drawn = Array.from({ length: 9000 }, (_, index) =>
      valueAt({ from: 2, to: 4, integer: true }, uniform(`5/${index}/layers`)),
    );
    const counts = [2, 3, 4].map((value) => drawn.filter((each) => each === value).length);
    expect(counts.reduce((sum, count) => sum + count)).toBe(9000);
    expect(counts.reduce((sum, count) => sum + (count - 3000) ** 2 / 3000, 0)).toBeLessThan(13.8); // p = 0.001 of chi square, 2
  });

  test.each<[string, Parameters[string], number, unknown]>([
    ['the least', { from: 0.5, to: 2 }, 0, 0.5],
    ['nearly the most', { from: 0.5, to: 2 }, 1 - 2 ** -53, 2],
    ['six digits', { from: 0, to: 1 }, 1 / 3, 0.333333],
    ['the middle of a logarithm', { from: 0.01, to: 1, scale: 'log' }, 0.5, 0.1],
    ['whole bounds of a range of fractions', { from: 0.2, to: 3.9, integer: true }, 0, 1],
    ['its last whole number', { from: 0.2, to: 3.9, integer: true }, 0.999, 3],
    ['a whole number on the logarithm', { from: 1, to: 1024, scale: 'log', integer: true }, 0.5, 23],
    ['its first', { from: 1, to: 1024, scale: 'log', integer: true }, 0, 1],
    ['its last', { from: 1, to: 1024, scale: 'log', integer: true }, 1 - 2 ** -53, 1024],
    ['a value', { values: ['a', true, 3] }, 0.5, true],
    ['one of values that are the same to a trainer', { values: [1, '1', 2] }, 0.6, 2],
  ])('gives %s', (_, range, share, value) => expect(valueAt(range, share)).toBe(value));

  test('is never left, whatever it is', () => {
    const number = fc.double({ min: 1e-6, max: 1e6, noNaN: true });
    const ranges = fc.tuple(number, number, fc.boolean(), fc.constantFrom('log' as const, 'linear' as const));
    const share = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    fc.assert(
      fc.property(ranges, share, ([a, b, integer, scale], at) => {
        const [from, to] = [Math.min(a, b), Math.max(a, b)];
        fc.pre(from < to && (!integer || Math.ceil(from) <= Math.floor(to)));
        const value = valueAt({ from, to, integer, scale }, at) as number;
        expect(value).toBeGreaterThanOrEqual(from);
        expect(value).toBeLessThanOrEqual(to);
        if (integer) expect(value).toBe(Math.round(value));
      }),
    );
  });
});

describe('trials', () => {
  const parameters: Parameters = {
    rate: { from: 0.001, to: 0.1, scale: 'log' },
    layers: { from: 1, to: 3, integer: true },
    kernel: { values: ['rbf', 'linear'] },
  };

  test('are the same for the same seed, and others for another one', () => {
    expect(drawTrials({ parameters, seed: 4 }, 10)).toEqual(drawTrials({ parameters, seed: 4 }, 10));
    expect(drawTrials({ parameters, seed: 5 }, 10)).not.toEqual(drawTrials({ parameters, seed: 4 }, 10));
    expect(drawTrials({ parameters }, 10)).toEqual(drawTrials({ parameters, seed: 0 }, 10));
  });

  test('do not change where another hyperparameter is tried, too, or more of them', () => {
    const { kernel, ...fewer } = parameters;
    const alone = drawTrials({ parameters: fewer }, 20);
    expect(kernel).toBeDefined();
    expect(drawTrials({ parameters }, 20).map(({ rate, layers }) => ({ rate, layers }))).toEqual(alone);
    expect(drawTrials({ parameters: fewer }, 5)).toEqual(alone.slice(0, 5));
  });

  const finite: Parameters = {
    layers: { from: 1, to: 3, integer: true },
    kernel: { values: ['rbf', 'linear', 'rbf'] },
  };

  test('of few combinations are all of them, and each once', () => {
    expect(sizeOf(finite)).toBe(6);
    expect(sizeOf(parameters)).toBe(Number.POSITIVE_INFINITY);
    const drawn = drawTrials({ parameters: finite, seed: 1 }, 20);
    expect(new Set(drawn.map((each) => JSON.stringify(each)))).toHaveLength(6);
    expect(drawn).toHaveLength(6);
  });

  test('of a range too narrow for six digits end, where it has no more', () => {
    expect(drawTrials({ parameters: { c: { from: 1, to: 1.00001 } } }, 20)).toHaveLength(2);
  });

  test('are never twice the same, and as many as there are or are asked for', () => {
    const values = fc.array(fc.oneof(fc.integer({ min: 0, max: 3 }), fc.boolean()), { minLength: 1, maxLength: 4 });
    const space = fc.dictionary(fc.constantFrom('a', 'b', 'c', '__proto__'), values, { minKeys: 1 });
    fc.assert(
      fc.property(space, fc.integer({ min: 1, max: 30 }), fc.nat(), (lists, count, seed) => {
        const ranges = Object.fromEntries(Object.entries(lists).map(([name, list]) => [name, { values: list }]));
        const drawn = drawTrials({ parameters: ranges, seed }, count);
        expect(drawn).toHaveLength(Math.min(count, sizeOf(ranges)));
        expect(new Set(drawn.map((each) => JSON.stringify(Object.entries(each))))).toHaveLength(drawn.length);
      }),
    );
  });
});

/** What a sample of 10,000 from the right distribution exceeds once in a thousand seeds: 1.95 / sqrt(n). */
const SURE = 1.95 / 100;

/** The largest distance between the sample's distribution and the uniform one: the test of Kolmogorov and Smirnov. */
function kolmogorov(sample: readonly number[]): number {
  const sorted = sample.toSorted((a, b) => a - b);
  return Math.max(
    ...sorted.map((value, index) => Math.max(value - index / sorted.length, (index + 1) / sorted.length - value)),
  );
}
