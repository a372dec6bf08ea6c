import { expect, test } from 'vitest';
import type { QualityOfVersion } from '#core/monitoring/monitor/documents.ts';
import { qualityOverTime } from '#core/monitoring/report/quality.ts';
import { documentOf } from './documents.ts';

const of = (version: number, metrics: Record<string, number | null>, figures: QualityOfVersion['figures'] = []) => ({
  version,
  labelled: 100,
  metrics,
  figures,
});

test('the metric that is watched, with its bounds, a line for each version', () => {
  const documents = [
    documentOf(
      0,
      {},
      { quality: [of(2, { f1_macro: 0.7 }, [{ metric: 'f1_macro', value: 0.7, low: 0.6, high: 0.8 }])] },
    ),
    documentOf(1, {}, { quality: [of(1, { f1_macro: null }), of(2, { f1_macro: 0.5 })] }),
    documentOf(2, {}, { quality: [of(3, { f1_macro: 0.9 })] }),
  ];
  const quality = qualityOverTime(documents, 'f1_macro');
  expect(quality?.metric).toBe('f1_macro');
  expect(quality?.series.map(({ name, points }) => [name, points.map(({ value, low }) => [value, low])])).toStrictEqual(
    [
      [
        'version 2',
        [
          [0.7, 0.6],
          [0.5, undefined],
        ],
      ],
      ['version 3', [[0.9, undefined]]],
    ],
  );
});

test('another one where the watched one is not known', () => {
  const documents = [documentOf(0, {}, { quality: [of(1, { mean_absolute_error: 3 })] })];
  expect(qualityOverTime(documents, 'accuracy')?.metric).toBe('mean_absolute_error');
  expect(qualityOverTime(documents, undefined)?.metric).toBe('mean_absolute_error');
});

test('none without truths', () => {
  expect(qualityOverTime([documentOf(0)], 'accuracy')).toBeUndefined();
  expect(qualityOverTime([], undefined)).toBeUndefined();
});
