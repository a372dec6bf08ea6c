import { describe, expect, test } from 'vitest';
import { RequestCounters } from '#core/monitoring/request-counters.ts';
import type { AnsweredRequest } from '#core/ports.ts';

const answered: AnsweredRequest = { model: 'iris', version: 1, status: 200, errorCode: undefined, ms: 2 };

function counted(...requests: readonly Partial<AnsweredRequest>[]): RequestCounters {
  const counters = new RequestCounters();
  for (const request of requests) counters.record({ ...answered, ...request });
  return counters;
}

const seen = (counters: RequestCounters) =>
  counters.series().map(({ model, version, errors, refusals, latencies }) => ({
    series: `${model}:${version}`,
    requests: latencies.count,
    ms: latencies.sumMs,
    errors,
    refusals: Object.fromEntries(refusals),
  }));

describe('requests', () => {
  test('are counted by model and version, in whatever order they come', () => {
    const counters = counted({}, { version: 2 }, { model: 'digits' }, {}, { model: 'digits', ms: 5 });
    expect(seen(counters)).toEqual([
      { series: 'iris:1', requests: 2, ms: 4, errors: 0, refusals: {} },
      { series: 'iris:2', requests: 1, ms: 2, errors: 0, refusals: {} },
      { series: 'digits:1', requests: 2, ms: 7, errors: 0, refusals: {} },
    ]);
  });

  test('that fail are errors where the fault is ours, and refusals by their code in any case', () => {
    const refused = (status: number, errorCode: string) => ({ status, errorCode });
    const counters = counted(
      {},
      refused(400, 'input.missing'),
      refused(400, 'input.missing'),
      refused(429, 'model.overloaded'),
      refused(500, 'server.failed'),
      refused(504, 'model.deadline'),
    );
    expect(seen(counters)).toEqual([
      {
        series: 'iris:1',
        requests: 6,
        ms: 12,
        errors: 2,
        refusals: { 'input.missing': 2, 'model.overloaded': 1, 'server.failed': 1, 'model.deadline': 1 },
      },
    ]);
  });

  test('for names that are not served share one series', () => {
    const unknown = { model: undefined, version: undefined, status: 404, errorCode: 'model.not_found' };
    const counters = counted(...Array.from({ length: 1000 }, () => unknown), { version: undefined });
    expect(seen(counters).map(({ series, requests }) => [series, requests])).toEqual([
      ['undefined:undefined', 1000],
      ['iris:undefined', 1],
    ]);
  });
});

describe('the memory of a server that outlives its releases', () => {
  const versions = (counters: RequestCounters) => counters.series().map(({ version }) => version);

  test('holds the last 64 versions of a model', () => {
    const counters = counted(...Array.from({ length: 100 }, (_, index) => ({ version: index + 1 })));
    expect(versions(counters)).toEqual(Array.from({ length: 64 }, (_, index) => index + 37));
  });

  test('begins anew with a version that it has forgotten', () => {
    const counters = counted(...Array.from({ length: 65 }, (_, index) => ({ version: index + 1 })), {}, {});
    expect(seen(counters).at(-1)).toMatchObject({ series: 'iris:1', requests: 2 });
  });

  test('is each model’s own', () => {
    const counters = counted(...Array.from({ length: 64 }, (_, index) => ({ version: index + 1 })), { model: 'b' });
    expect(versions(counters)).toHaveLength(65);
  });
});

describe('what recording costs', () => {
  const requests = Array.from({ length: 1024 }, (_, index) => ({
    ...answered,
    model: index % 3 === 0 ? 'digits' : 'iris',
    status: index % 50 === 0 ? 400 : 200,
    errorCode: index % 50 === 0 ? 'input.missing' : undefined,
    ms: 2 ** ((index % 20) - 4),
  }));

  /** Microseconds for each of some ten thousand requests. */
  function microseconds(counters: RequestCounters): number {
    const started = performance.now();
    for (let round = 0; round < 10; round++) for (const request of requests) counters.record(request);
    return (performance.now() - started) / 10.24;
  }

  test('is less than a microsecond, whatever else the machine does', () => {
    const counters = new RequestCounters();
    const rounds = Array.from({ length: 30 }, () => microseconds(counters));
    expect(Math.min(...rounds)).toBeLessThan(1);
  });

  test('is no memory: what was recorded is gone but for the counts', () => {
    const counters = new RequestCounters();
    for (let round = 0; round < 100; round++) microseconds(counters);
    expect(counters.series()).toHaveLength(2);
    expect(counters.series().map(({ refusals }) => refusals.size)).toEqual([1, 1]);
  });
});
