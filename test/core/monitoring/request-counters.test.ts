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
