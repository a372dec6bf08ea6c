import { expect, test } from 'vitest';
import { datumOf } from '#adapters/aws/monitoring/metrics.ts';

const NOW = Date.parse('2026-11-23T12:00:00Z');

test('answers whose truth was joined are each a value, as those that came with a receipt', () => {
  const right = { model: 'loans', name: 'Correct', value: 0.75, of: 8, at: NOW } as const;
  expect(datumOf('prod', right, NOW)).toMatchObject({
    MetricName: 'Correct',
    Values: [1, 0],
    Counts: [6, 2],
    Unit: 'Count',
  });
  expect(datumOf('prod', { ...right, value: 1 }, NOW)).toMatchObject({ Values: [1], Counts: [8] });
  expect(datumOf('prod', { ...right, value: 0 }, NOW)).toMatchObject({ Values: [0], Counts: [8] });
});

test('what is measured of a window is one value', () => {
  const drift = { model: 'loans', name: 'Drift', value: 2, at: NOW } as const;
  expect(datumOf('prod', drift, NOW)).toMatchObject({ MetricName: 'Drift', Value: 2, Unit: 'Count' });
});
