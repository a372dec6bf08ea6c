import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Random } from '#core/evaluation/statistics/random.ts';
import { NumberSketch } from '#core/monitoring/sketch/number-sketch.ts';
import { featureSeed, rowHashes } from '#core/monitoring/sketch/row-hashes.ts';
import { bitsOfNumbers, numbersOf } from './bits.ts';

const values = fc.array(fc.oneof(fc.double(), fc.constantFrom(0, -0, 1, 2, 3), fc.float()), { maxLength: 80 });

/** So many that the sample is not all of them. */
function many(count: number, seed = 1): Float64Array {
  const random = new Random(seed);
  return Float64Array.from({ length: count }, () => -Math.log(1 - random.uniform()));
}

describe('what is kept of numbers', () => {
  it('is the same to the bit of the whole as of its parts, wherever it is split', () => {
    fc.assert(
      fc.property(values, fc.nat(), (all, at) => {
        const split = all.length === 0 ? 0 : at % (all.length + 1);
        const parts = [numbersOf(all.slice(0, split)), numbersOf(all.slice(split), split)];
        expect(bitsOfNumbers(NumberSketch.merge(parts))).toBe(bitsOfNumbers(numbersOf(all)));
      }),
    );
  });

  it('is the same of many values in parts, in any order and grouping', () => {
    const all = many(30_000);
    const whole = bitsOfNumbers(numbersOf(all));
    fc.assert(
      fc.property(fc.array(fc.nat(30_000), { minLength: 2, maxLength: 4 }), fc.boolean(), (cuts, isLeft) => {
        const places = [0, ...cuts.sort((a, b) => a - b), 30_000];
        const parts = places.slice(1).map((end, index) => {
          const start = places[index] as number;
          return numbersOf(all.subarray(start, end), start);
        });
        const merged = isLeft
          ? parts.reduce((one, other) => NumberSketch.merge([one, other]))
          : parts.reduceRight((one, other) => NumberSketch.merge([one, other]));
        expect(bitsOfNumbers(merged)).toBe(whole);
      }),
      { numRuns: 10 },
    );
  });

  it('is of which rows there are, not of how they lie', () => {
    const data = Float32Array.of(9, 1, 9, 2, 9, 3);
    const strided = new NumberSketch(featureSeed('input', 'x'));
    strided.add({ data, offset: 1, stride: 2 }, rowHashes('file', 0, 3));
    expect(bitsOfNumbers(strided)).toBe(bitsOfNumbers(numbersOf([1, 2, 3])));
  });

  it('cannot be put together with that of another feature', () => {
    expect(() => NumberSketch.merge([new NumberSketch(1), new NumberSketch(2)])).toThrow(RangeError);
    expect(() => NumberSketch.merge([])).toThrow(RangeError);
  });

  it('takes 64 KB at most', () => {
    const sketch = numbersOf([...many(100_000)]);
    expect(sketch.byteLength).toBeLessThanOrEqual(65_536);
    expect(numbersOf(Array.from({ length: 5000 }, (_, i) => i % 32)).byteLength).toBeLessThanOrEqual(65_536);
    expect(Buffer.from(bitsOfNumbers(sketch), 'base64').length).toBeLessThanOrEqual(65_536);
  });
});

describe('what numbers come to', () => {
  it('is exact', () => {
    const sketch = numbersOf([1, 2, 2, 4.5, NaN, Infinity, -Infinity, -0]);
    expect([sketch.count, sketch.missing, sketch.below, sketch.above, sketch.whole]).toEqual([5, 1, 1, 1, 4]);
    expect([sketch.rows, sketch.least, sketch.most, sketch.mean]).toEqual([8, 0, 4.5, 1.9]);
    expect(sketch.deviation).toBeCloseTo(1.496662954709577, 14);
    expect([...(sketch.values() ?? [])]).toEqual([
      [0, 1],
      [1, 1],
      [2, 2],
      [4.5, 1],
    ]);
  });

  it('is nothing of none', () => {
    const { least, most, mean, deviation, rows } = numbersOf([NaN]);
    expect([least, most, mean, deviation, rows]).toEqual([null, null, null, null, 1]);
    expect(numbersOf([]).sample().quantile(0.5)).toBeNull();
    expect(numbersOf([]).sample().cdf(0.5)).toBeNull();
  });

  it('has a mean that is right where doubles that are added up lose it', () => {
    expect(numbersOf([1e16, 1, -1e16, 1]).mean).toBe(0.5);
    expect(numbersOf([1e308, 1e308]).mean).toBe(1e308);
  });

  it('has a deviation that is right where it is a millionth of the mean', () => {
    // Seconds since 1970, and parts of them, over some minutes.
    const times = Array.from({ length: 1000 }, (_, i) => 1_700_000_000.25 + i);
    expect(numbersOf(times).deviation).toBeCloseTo(Math.sqrt((1000 ** 2 - 1) / 12), 6);
    expect(numbersOf([0.1, 0.1, 0.1]).deviation).toBe(0);
  });

  it('has a deviation of what is as large as doubles go, and as small', () => {
    expect(numbersOf([-1e40, 1e40]).deviation).toBe(1e40);
    expect(numbersOf([-1e-40, 1e-40]).deviation).toBeCloseTo(1e-40, 50);
    expect(numbersOf([-1e300, 1e300]).deviation).toBeGreaterThan(1e150);
  });

  it('counts values one by one up to 32 of them', () => {
    const some = Array.from({ length: 320 }, (_, i) => (i % 32) / 7);
    expect(numbersOf(some).values()?.size).toBe(32);
    expect(numbersOf([...some, 99]).values()).toBeUndefined();
    expect(NumberSketch.merge([numbersOf(some), numbersOf([99])]).values()).toBeUndefined();
  });
});

describe('the sample', () => {
  it('is all of up to 4,096 values', () => {
    const all = many(4096);
    expect([...numbersOf(all).sorted()]).toEqual([...all].sort((a, b) => a - b));
    expect(numbersOf(many(4097)).sorted()).toHaveLength(4096);
  });

  it('has quantiles as numpy has them', () => {
    const sample = numbersOf([3, 1, 2, 10]).sample();
    expect([0, 0.25, 0.5, 0.9, 1].map((share) => sample.quantile(share))).toEqual([
      1, 1.75, 2.5, 7.900000000000001, 10,
    ]);
    const other = numbersOf([0.7, 0.1, 3.3, 2.9, 1.3]).sample();
    expect([0.1, 0.33, 0.66, 0.9].map((share) => other.quantile(share))).toEqual([
      0.33999999999999997, 0.892, 2.3240000000000003, 3.1399999999999997,
    ]);
    expect([0, 1, 2.5, 10].map((value) => sample.cdf(value))).toEqual([0, 0.25, 0.5, 1]);
  });

  it('has a distribution function within the bound of Dvoretzky, Kiefer and Wolfowitz in 95 of 100 cases', () => {
    const all = many(20_000, 5).sort();
    const bound = Math.sqrt(Math.log(2 / 0.05) / (2 * 4096));
    const cases = Array.from({ length: 100 }, (_, source) => {
      const { values } = numbersOf(all, 0, `source ${source}`).sample();
      return farthest(values, all);
    });
    // Of 100 at 5 %: more than 11 come once in a hundred such tests, and these cases are always the same.
    expect(cases.filter((distance) => distance > bound).length).toBeLessThanOrEqual(11);
    // Without replacement it is a little nearer; what is never far would be no sample.
    expect(Math.max(...cases)).toBeGreaterThan(bound / 2);
  });

  it('of two features takes different rows', () => {
    const rows = rowHashes('file', 0, 50_000);
    const data = Float64Array.from({ length: 50_000 }, (_, row) => row);
    const [one, other] = ['x', 'y'].map((name) => {
      const sketch = new NumberSketch(featureSeed('input', name));
      sketch.add({ data, offset: 0, stride: 1 }, rows);
      return new Set(sketch.sorted());
    }) as [Set<number>, Set<number>];
    // 4096^2 / 50000 = 336 by chance, give or take 17.
    expect(one.intersection(other).size).toBeGreaterThan(250);
    expect(one.intersection(other).size).toBeLessThan(420);
  });
});

/** The largest difference of two distribution functions; `all` has no two equal ones. */
function farthest(sample: Float64Array, all: Float64Array): number {
  let [seen, most] = [0, 0];
  for (const [index, value] of all.entries()) {
    if (sample[seen] === value) seen++;
    most = Math.max(most, Math.abs(seen / sample.length - (index + 1) / all.length));
  }
  return most;
}
