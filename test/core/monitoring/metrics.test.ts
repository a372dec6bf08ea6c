import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import {
  BATCH_METRICS,
  COLD_STARTS,
  CORRECT,
  DIMENSIONS,
  LATENCY_EXPONENTS,
  METRICS,
  MONITOR_METRICS,
  NAMESPACE,
  NO_MODEL,
  NO_VERSION,
  SERVER_METRICS,
  type ServerMetricDefinition,
} from '#core/monitoring/metrics.ts';
import { checkAlias, checkName } from '#core/model/reference.ts';
import { root } from '../../repository/sources.ts';

const page = readFileSync(`${root}docs/metrics.md`, 'utf8');

/** The rows of the table with these headings, cell by cell, without the marks of code. */
function table(...headings: string[]): string[][] {
  const rows = page.split('\n').map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim().replaceAll('`', '')),
  );
  const start = rows.findIndex((cells) => cells.join() === headings.join());
  expect(start, headings.join()).toBeGreaterThan(0);
  const end = rows.findIndex((cells, index) => index > start && cells.length === 0);
  return rows.slice(start + 2, end);
}

const served: readonly ServerMetricDefinition[] = Object.values(SERVER_METRICS);

describe('docs/metrics.md has', () => {
  test('every metric of a server, and no other', () => {
    expect(table('metric', 'type', 'labels', 'meaning')).toEqual(
      served.map(({ prometheus, type, labels, description }) => [prometheus, type, labels.join(', '), description]),
    );
  });

  test('every metric of the function, and no other', () => {
    expect(table('metric', 'unit', 'meaning')).toEqual(
      [...Object.values(METRICS), COLD_STARTS].map(({ name, unit, description }) => [name, unit, description]),
    );
  });

  test('every metric of monitoring, and no other', () => {
    expect(table('metric of monitoring', 'unit', 'meaning')).toEqual(
      [CORRECT, ...Object.values(MONITOR_METRICS)].map(({ name, unit, description }) => [name, unit, description]),
    );
  });

  test('every metric of batch inference, and no other', () => {
    expect(table('metric of batch', 'unit', 'meaning')).toEqual(
      Object.values(BATCH_METRICS).map(({ name, unit, description }) => [name, unit, description]),
    );
  });

  test('the namespace, the dimensions, and what stands for no model', () => {
    expect(page).toContain(`namespace \`${NAMESPACE}\``);
    for (const name of DIMENSIONS) expect(page).toContain(`\`${name}\``);
    expect(page).toContain(`model="${NO_MODEL}"`);
    expect(page).toContain(`version="${NO_VERSION}"`);
  });
});

describe('the names', () => {
  test('of CloudWatch are what dashboards and alarms know: changing one breaks them', () => {
    expect([NAMESPACE, DIMENSIONS]).toEqual(['Onnward', ['service', 'model']]);
    expect([...Object.values(METRICS), COLD_STARTS].map(({ name, unit }) => `${name} ${unit}`)).toEqual([
      'Requests Count',
      'Errors Count',
      'Latency Milliseconds',
      'ColdStarts Count',
    ]);
    expect([CORRECT, ...Object.values(MONITOR_METRICS)].map(({ name, unit }) => `${name} ${unit}`)).toEqual([
      'Correct Count',
      'Quality None',
      'Drift Count',
    ]);
    expect(Object.values(BATCH_METRICS).map(({ name, unit }) => `${name} ${unit}`)).toEqual([
      'BatchRows Count',
      'BatchQuarantinedRows Count',
      'BatchPendingRows Count',
      'BatchRowsPerSecond Count/Second',
      'BatchUsdPerMillionRows None',
    ]);
  });

  test('of Prometheus are its own: what only grows ends in _total, what is time in seconds', () => {
    for (const { prometheus, type } of served) {
      expect(prometheus).toMatch(/^onnward_[a-z_]+$/);
      expect(prometheus.endsWith('_total'), prometheus).toBe(type === 'counter');
    }
    expect(new Set(served.map(({ prometheus }) => prometheus)).size).toBe(served.length);
  });

  test('of what was counted in CloudWatch are the same metrics on a server', () => {
    const names = served.map(({ prometheus }) => prometheus);
    expect(names).toEqual(
      expect.arrayContaining(
        [...Object.values(METRICS), ...Object.values(MONITOR_METRICS), CORRECT, COLD_STARTS].map(
          (metric) => metric.prometheus,
        ),
      ),
    );
  });

  test.each([NO_MODEL, NO_VERSION])('%s can be no model’s and no alias’s', (name) => {
    expect(() => checkName(name)).toThrow();
    expect(() => checkAlias(name)).toThrow();
  });
});

test('the buckets of latency go from under the quickest model to over the default deadline', () => {
  const ends = LATENCY_EXPONENTS.map((exponent) => 2 ** exponent);
  expect([ends[0], ends.at(-1)]).toEqual([0.0625, 32_768]);
  expect(ends).toEqual(ends.toSorted((a, b) => a - b));
});
