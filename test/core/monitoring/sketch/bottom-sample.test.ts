import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BottomSample, SAMPLE_SIZE } from '#core/monitoring/sketch/bottom-sample.ts';

/** Few priorities: many are equal. */
const offers = (count: number, seed: number): [number, number][] =>
  Array.from({ length: count }, (_, i) => [
    Math.imul(i + seed, 0x9e3779b1) >>> 22,
    Math.imul(i * 7 + seed, 0x85ebca6b) >>> 24,
  ]);

const sampleOf = (entries: readonly [number, number][]): BottomSample => {
  const sample = new BottomSample();
  for (const [priority, value] of entries) if (priority <= sample.most) sample.offer(priority, value);
  return sample;
};

const entriesOf = (sample: BottomSample): [number, number][] => {
  const { priorities, values } = sample.entries();
  return [...priorities].map((priority, index) => [priority, values[index] as number]);
};

describe('a bottom sample', () => {
  it('is the smallest of all that was offered, by priority and then by value', () => {
    fc.assert(
      fc.property(fc.nat(20_000), fc.nat(1000), (count, seed) => {
        const all = offers(count, seed);
        const expected = all.toSorted((a, b) => a[0] - b[0] || a[1] - b[1]).slice(0, SAMPLE_SIZE);
        expect(entriesOf(sampleOf(all))).toEqual(expected);
      }),
      { numRuns: 20 },
    );
  });

  it('is the same of two samples', () => {
    const all = offers(15_000, 3);
    for (const cut of [0, 1, 4000, 9000]) {
      const merged = sampleOf(all.slice(0, cut));
      merged.addAll(sampleOf(all.slice(cut)));
      expect(entriesOf(merged)).toEqual(entriesOf(sampleOf(all)));
    }
  });
});
