import { describe, expect, test } from 'vitest';
import * as fc from 'fast-check';
import { CaptureSampler } from '#core/monitoring/capture/sampler.ts';

const always = () => 0;
const taken = (sampler: CaptureSampler, times: readonly number[]): number =>
  times.filter((now) => sampler.takes(now)).length;
const every = (ms: number, count: number): number[] => Array.from({ length: count }, (_, at) => at * ms);

describe('a sampler', () => {
  test('takes ten requests a second where nobody says, and a second of them at once', () => {
    const sampler = new CaptureSampler({}, always);
    expect(taken(sampler, every(0, 100))).toBe(10);
    expect(taken(sampler, [1000, ...every(0, 50).map(() => 1000)])).toBe(10);
  });

  test('takes what comes slowly, all of it', () => {
    expect(taken(new CaptureSampler({ perSecond: 5 }, always), every(200, 500))).toBe(500);
  });

  test('takes a share by chance', () => {
    let next = 0;
    const sampler = new CaptureSampler({ percent: 25, perSecond: 10_000 }, () => (next++ % 100) / 100);
    expect(taken(sampler, every(1, 1000))).toBe(250);
  });

  test('draws no lots where all are taken', () => {
    const sampler = new CaptureSampler({ percent: 100 }, () => {
      throw new Error('drawn');
    });
    expect(sampler.takes(0)).toBe(true);
  });

  test('gives nothing for a clock that is set back', () => {
    const sampler = new CaptureSampler({ perSecond: 1 }, always);
    expect([sampler.takes(10_000), sampler.takes(0), sampler.takes(500), sampler.takes(1500)]).toEqual([
      true,
      false,
      false,
      true,
    ]);
  });

  test('never takes more than its rate, whatever comes when', () => {
    const steps = fc.array(fc.integer({ min: 0, max: 400 }), { minLength: 1, maxLength: 200 });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 50 }), steps, (perSecond, gaps) => {
        const sampler = new CaptureSampler({ perSecond }, always);
        let now = 0;
        const times = gaps.map((gap) => (now += gap));
        const count = taken(sampler, times);
        expect(count).toBeLessThanOrEqual(perSecond + (perSecond * (now - (times[0] as number))) / 1000 + 1e-9);
      }),
    );
  });
});
