import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ModelCard } from '#core/release/card/card.ts';
import { markdownOf } from '#core/release/card/markdown.ts';
import { plotsOf } from '#core/release/card/plots.ts';
import type { EvaluationReport } from '#core/release/evaluation/report.ts';

const report = (classes: string[]): EvaluationReport => ({
  format: 1,
  data: { store: 'file:/data', key: 'heldout.csv', size: 10, version: '1', format: 'csv' },
  task: 'classification',
  classes,
  challenger: {
    version: 2,
    metrics: { accuracy: 0.9666666, roc_auc: null },
    confusion: classes.map((_, row) => classes.map((_name, column) => (row === column ? 9 : 1))),
    calibration: [
      { rows: 0, confidence: 0, accuracy: 0 },
      { rows: 5, confidence: 0.7, accuracy: 0.8 },
    ],
    latencies: [1, 2, 3],
    size: 1234,
  },
  champion: { version: 1, metrics: { accuracy: 0.9, roc_auc: null }, latencies: [2, 2, 2], size: 1000 },
  slices: [{ column: 'site', value: 'a', rows: 7, challenger: { accuracy: 1 }, champion: { accuracy: 0.5 } }],
  quality: { rows: 31, bad: 1, reasons: { 'row.label': 1 }, duplicates: 0, missing: {}, classes: {} },
});

const card = (change: Partial<ModelCard> = {}, classes = ['a', 'b', 'c']): ModelCard => ({
  format: 1,
  model: 'iris',
  version: 2,
  release: {
    format: 1,
    release: 'iris-r1',
    execution: 'x',
    model: 'iris',
    version: 2,
    manifest: 'f'.repeat(64),
    champion: 1,
    options: {},
    allowBreaking: false,
    trigger: 'command',
    actor: 'ada',
    at: '2026-01-02T03:04:05.000Z',
  },
  end: { at: '2026-01-02T03:05:05.000Z', state: 'live', reason: 'It passed.' },
  manifest: {
    createdAt: '2026-01-01T00:00:00.000Z',
    graph: 'model.onnx',
    files: [{ path: 'model.onnx', sha256: 'a'.repeat(64), size: 1234 }],
    signature: { inputs: [{ name: 'X', datatype: 'FP32', shape: [-1, 4] }], outputs: [], unserved: [] },
    provenance: { source: 'a test' },
  },
  evaluation: report(classes),
  parts: [{ part: 'Gates', results: [{ name: 'accuracy', verdict: 'pass', sentence: 'It is enough.', numbers: {} }] }],
  decisions: [],
  ...change,
});

const written = (of: ModelCard): string => markdownOf(of, of.evaluation ? plotsOf('iris-r1', of.evaluation) : []);

describe('a model card', () => {
  test('says what it is, how it ended, what was measured, and of what files', () => {
    const text = written(card());
    expect(text).toContain('# iris:2\n');
    expect(text).toContain('**live** by release iris-r1');
    expect(text).toContain('| accuracy | 0.966667 | 0.9 |');
    expect(text).toContain('| roc\\_auc | - | - |');
    expect(text).toContain('30 held-out rows');
    expect(text).toContain('| site = a | 7 | 1 | 0.5 |');
    expect(text).toContain('| pass | accuracy | It is enough. |');
    expect(text).toContain(`| model.onnx | 1234 | ${'a'.repeat(64)} |`);
    for (const plot of ['confusion', 'calibration', 'latency']) expect(text).toContain(`(iris-r1-${plot}.svg)`);
  });

  test('of a release that did not come to an evaluation says so', () => {
    const { evaluation: _, ...bare } = card({ end: { at: '', state: 'rejected', reason: 'Files are gone.' } });
    expect(written(bare)).toContain('It was not evaluated.');
  });

  test('texts of anybody make neither columns nor lines nor markup', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const results = [{ name: text, verdict: 'fail' as const, sentence: text, numbers: {} }];
        const rows = written(card({ parts: [{ part: 'Gates', results }] })).split('\n');
        const row = rows.filter((line) => line.startsWith('| fail |'));
        expect(row).toHaveLength(1);
        expect(row[0]!.replaceAll(/\\./g, '').split('|')).toHaveLength(5);
        expect(row[0]!.replaceAll(/\\./g, '')).not.toMatch(/[<>`*[\]]/);
      }),
    );
  });
});

describe('plots', () => {
  test('show counts by class, both versions, and stay within the drawing', () => {
    const [confusion, calibration, latency] = plotsOf('iris-r1', report(['a', 'b', 'c']));
    expect(confusion?.svg.match(/<rect /g)).toHaveLength(10);
    expect(confusion?.svg).toContain('>9<');
    expect(calibration?.svg.match(/<circle /g)).toHaveLength(1);
    for (const plot of [calibration, latency]) {
      expect(plot?.svg).toContain('version 2');
      expect(plot?.svg).toContain('version 1, live');
      const points = [...plot!.svg.matchAll(/points="([^"]*)"/g)].flatMap(([, all]) => all!.split(' ').filter(Boolean));
      for (const point of points) {
        const [x, y] = point.split(',').map(Number) as [number, number];
        expect(x >= 0 && x <= 400 && y >= 0 && y <= 410).toBe(true);
      }
    }
  });

  test('of more classes than can be read there is no matrix', () => {
    const many = Array.from({ length: 21 }, (_, index) => `class ${index}`);
    expect(plotsOf('iris-r1', report(many)).map(({ name }) => name)).toEqual(['calibration', 'latency']);
  });

  test('what was not measured is not drawn', () => {
    const { confusion: _, calibration: _calibration, ...challenger } = report(['a']).challenger;
    expect(plotsOf('r', { ...report(['a']), challenger: { ...challenger, latencies: [] } })).toEqual([]);
  });
});

describe('the baseline', () => {
  const told = (baseline: ModelCard['manifest']['baseline']): string => {
    const { manifest } = card();
    return markdownOf(card({ manifest: { ...manifest, ...(baseline && { baseline }) } }), []);
  };
  const profile = { key: `baselines/iris/${'cd'.repeat(32)}.profile`, sha256: 'cd'.repeat(32), size: 70, rows: 120 };

  test('is named, with the column of the truth', () => {
    expect(told({ profile })).toContain(
      `Live rows are compared with a baseline of 120 rows, without truths: \`${profile.key}\`.`,
    );
    expect(told({ profile: { ...profile, label: '|x' } })).toContain('of 120 rows, with the truth in \\|x:');
  });

  test('is missed, and it is said why', () => {
    expect(told(undefined)).toContain('It has no baseline: drift of live rows is not told.');
    expect(told({ why: 'The rows do not fit.' })).toContain('is not told. The rows do not fit.');
  });
});
