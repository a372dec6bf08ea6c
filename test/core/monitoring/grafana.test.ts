import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { SERVER_METRICS, type ServerMetricDefinition } from '#core/monitoring/metrics.ts';
import { root } from '../../repository/sources.ts';

interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly gridPos: { readonly h: number; readonly w: number; readonly x: number; readonly y: number };
  readonly targets?: readonly { readonly refId: string; readonly expr: string; readonly legendFormat: string }[];
}

interface Dashboard {
  readonly schemaVersion: number;
  readonly panels: readonly Panel[];
  readonly templating: { readonly list: readonly { readonly name: string; readonly definition?: string }[] };
}

const dashboard = JSON.parse(readFileSync(`${root}docs/grafana/onnward.json`, 'utf8')) as Dashboard;
const queries = [
  ...dashboard.panels.flatMap(({ title, targets = [] }) => targets.map(({ expr }) => ({ title, expr }))),
  ...dashboard.templating.list.flatMap(({ name, definition }) =>
    definition === undefined ? [] : [{ title: name, expr: definition }],
  ),
];

const served: readonly ServerMetricDefinition[] = Object.values(SERVER_METRICS);
/** The series that there are of our own metrics, and the labels of each. */
const series = new Map(
  served.flatMap(({ prometheus, type, labels }): [string, readonly string[]][] =>
    type === 'histogram'
      ? ['_bucket', '_sum', '_count'].map((suffix) => [`${prometheus}${suffix}`, [...labels, 'le']])
      : [[prometheus, labels]],
  ),
);

/** Of the process itself. Source: the README of prom-client, "Default metrics". */
const DEFAULTS = ['process_cpu_seconds_total', 'process_resident_memory_bytes', 'nodejs_eventloop_lag_p99_seconds'];

const namesIn = (expr: string): string[] => expr.match(/\b(onnward|process|nodejs)_\w+/g) ?? [];

describe('the dashboard of Grafana', () => {
  test('is of the schema that Grafana 12 writes', () => {
    expect(dashboard.schemaVersion).toBe(41);
    expect(dashboard.templating.list.map(({ name }) => name)).toEqual(['datasource', 'job', 'model']);
  });

  test.each(queries)('asks in $title for what there is: $expr', ({ expr }) => {
    expect(namesIn(expr).length).toBeGreaterThan(0);
    for (const name of namesIn(expr)) expect([...series.keys(), ...DEFAULTS]).toContain(name);
  });

  test.each(queries)('groups in $title by labels that there are: $expr', ({ expr }) => {
    const [, by] = /\bby \(([^)]*)\)/.exec(expr) ?? [];
    const labels = namesIn(expr).flatMap((name) => series.get(name) ?? ['instance']);
    for (const label of by?.split(', ') ?? []) expect(labels).toContain(label);
  });

  test('has balanced brackets, and a letter for each query of a panel', () => {
    for (const { expr } of queries) {
      for (const [open, close] of ['()', '[]', '{}'] as const) {
        expect(expr.split(open as string).length, expr).toBe(expr.split(close as string).length);
      }
    }
    for (const { targets = [] } of dashboard.panels) {
      expect(targets.map(({ refId }) => refId)).toEqual('ABCDEF'.split('').slice(0, targets.length));
    }
  });

  test('leaves out none of our metrics', () => {
    const asked = queries.flatMap(({ expr }) => namesIn(expr)).map((name) => name.replace(/_(bucket|sum|count)$/, ''));
    expect(served.map(({ prometheus }) => prometheus).filter((name) => !asked.includes(name))).toEqual([]);
  });

  test('has its panels side by side, each with a number of its own', () => {
    const { panels } = dashboard;
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    const cells = panels.flatMap(({ gridPos: { h, w, x, y } }) =>
      Array.from({ length: h * w }, (_, index) => `${x + (index % w)} ${y + Math.floor(index / w)}`),
    );
    expect(new Set(cells).size).toBe(cells.length);
    expect(Math.max(...panels.map(({ gridPos: { x, w } }) => x + w))).toBe(24);
  });
});
