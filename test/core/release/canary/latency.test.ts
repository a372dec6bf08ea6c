import { describe, expect, test } from 'vitest';
import { Latencies } from '#core/monitoring/latencies.ts';
import { latencyResult } from '#core/release/canary/latency.ts';
import { JUDGE } from '#core/release/canary/settings.ts';
import type { Observed } from '#core/release/observation.ts';
import { nothing } from '../../../support/traffic.ts';

const warm = (ms: number, count: number): Observed => {
  const latencies = new Latencies();
  for (let index = 0; index < count; index++) latencies.record(ms);
  return { ...nothing(), requests: 500, latencies };
};

const of = (challenger: Observed, champion: Observed, quantile: 'p50' | 'p99') =>
  latencyResult(
    { live: { challenger, champion }, settings: JUDGE, level: 0.01, resolutionMs: 10, raised: [] },
    quantile,
  );

describe.each([
  ['the champion', warm(8, 500), warm(8, 0)],
  ['the challenger', warm(8, 0), warm(8, 500)],
  ['either side', warm(8, 0), warm(8, 0)],
])('where %s has no warm request', (_, challenger, champion) => {
  test('a latency under the resolution is not told, and does not pass', () => {
    const result = of(challenger, champion, 'p50');
    expect(result).toMatchObject({ verdict: 'inconclusive', numbers: { ratio: null } });
    expect(result.sentence).toMatch(/unknown \(0 warm requests\)[^]*nothing to compare\.$/);
    expect(of(challenger, champion, 'p99').verdict).toBe('not applicable');
  });
});

test('one warm request of either side is compared', () => {
  expect(of(warm(8, 1), warm(8, 1), 'p50').verdict).toBe('pass');
  expect(of(warm(80, 1), warm(8, 1), 'p50').verdict).toBe('inconclusive');
});
