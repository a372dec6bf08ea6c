import { describe, expect, test } from 'vitest';
import { reportPage } from '#core/monitoring/report/page.ts';
import type { Report } from '#core/monitoring/report/report.ts';
import { documentOf, driftOf, reportOf } from './documents.ts';

/** What would run, fetch or break out of where it stands. */
const HOSTILE = [
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  "'><svg onload=alert(1)>",
  '</title><script>alert(1)</script>',
  '</style><script>alert(1)</script>',
  'javascript:alert(1)',
  '\u202egnp.exe',
  '\u0000\u0008',
  '\ud800',
  '&lt;b&gt;',
  'x'.repeat(5000),
  '',
];

/** Everything that somebody else may have named. */
function hostile(name: string): Report {
  const feature = driftOf(name);
  const document = documentOf(
    3,
    {
      state: 'drifting',
      features: [feature, driftOf(`${name}2`, { role: 'prediction' })],
      concept: driftOf(name, { role: 'prediction' }),
      violations: [{ feature_name: name, constraint_check_type: 'data_type_check', description: name }],
    },
    {
      why: name,
      unreadable: 2,
      quality: [
        {
          version: 1,
          labelled: 300,
          metrics: { [name]: 0.5 },
          figures: [{ metric: name, value: 0.5, low: 0.4, high: 0.6 }],
        },
      ],
      bias: [{ slice: name, value: name, rows: 30, metrics: { [name]: 0.5 } }],
    },
  );
  const categories = { kind: 'categories', names: [name, 'b'], baseline: [0.5, 0.5], live: [0.1, 0.9] } as const;
  const request = {
    format: 1,
    action: name,
    model: name,
    kind: 'retrain',
    about: 'drift',
    cause: name,
    reason: name,
    at: document.at,
    version: 1,
    told: name,
  } as const;
  return reportOf(document, {
    model: name,
    watched: { metric: name, threshold: 0.45 },
    distributions: new Map([[`input ${name}`, categories]]),
    since: new Map([[`input ${name}`, name]]),
    explained: {
      metric: 'accuracy',
      rows: [200, 300],
      values: [0.9, 0.7],
      since: name,
      features: [
        {
          feature: name,
          change: -0.2,
          mix: -0.15,
          within: -0.05,
          bins: [{ name, rows: [100, 200], means: [0.9, null] }],
        },
      ],
    },
    actions: [{ request, state: 'failed', end: { state: 'failed', at: document.at, message: name } }],
    notes: [name],
  });
}

describe('whatever things are called', () => {
  test.each(HOSTILE.map((name) => [JSON.stringify(name.slice(0, 40)), name]))('%s', (_, name) => {
    const page = reportPage(hostile(name));
    expect(page).not.toMatch(/<(?:script|img|iframe|link|object|embed|form|a)\b/i);
    // oxlint-disable-next-line no-control-regex
    expect(page).not.toMatch(/[\u0000-\u0008\u000b-\u001f]/);
    expect(page.isWellFormed()).toBe(true);
    expect(page.match(/<[^>]*\s(?:src|href|style|on\w+)\s*=/gi)).toBeNull();
    expect(page).not.toContain('url(');
    expect(page.length).toBeLessThan(40_000);
    expect(balanced(page)).toStrictEqual([]);
  });
});

/** Elements that are opened and not closed, or the other way round. */
function balanced(page: string): string[] {
  const open: string[] = [];
  for (const [, end, name = ''] of page.matchAll(/<(\/?)([a-z][a-z0-9]*)/g)) {
    if (name === 'meta') continue;
    if (!end) open.push(name);
    else if (open.pop() !== name) return [`</${name}>`];
  }
  return open;
}

describe('a page', () => {
  test('says nothing of what is not known', () => {
    const page = reportPage(
      reportOf(documentOf(0, { features: [driftOf('age', { drifted: false, confirmed: false })] })),
    );
    expect(page).toContain('<span class="state good">stable</span>');
    expect(page).toContain('None of 1 has moved');
    for (const absent of [
      '<h2>Quality',
      '<h2>By slice',
      '<h2>Violations',
      '<h2>What was done',
      '<h2>What explains',
      '<h2>Notes',
    ]) {
      expect(page).not.toContain(absent);
    }
  });

  test('of a model whose drift is not looked at', () => {
    const { drift: _, ...document } = documentOf(0);
    const page = reportPage(reportOf({ ...document, why: 'loans:1 was registered without a baseline.' }));
    expect(page).toContain('drift is not looked at');
    expect(page).toContain('loans:1 was registered without a baseline.');
    expect(page).not.toContain('<h2>Features');
  });

  test('tells how many drift and how many only moved', () => {
    const features = [
      driftOf('a'),
      driftOf('b', { confirmed: false }),
      driftOf('c', { drifted: false, confirmed: false }),
    ];
    const page = reportPage(reportOf(documentOf(0, { state: 'drifting', features })));
    expect(page).toContain('1 of 3 drifts; 1 has moved in too few windows in a row to be sure.');
  });

  test('is not longer than anybody reads, whatever the number of features', () => {
    const features = Array.from({ length: 5000 }, (_, index) => driftOf(`feature ${index}`));
    const page = reportPage(reportOf(documentOf(0, { features })));
    expect(page).toContain('4800 more moved less.');
    expect(page.length).toBeLessThan(120_000);
  });
});
