import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { type KerasResult, LIMITS, mean } from '../../bench/trainers/keras-report.ts';

const keras = JSON.parse(
  readFileSync(new URL('../../bench/results/trainers-keras.json', import.meta.url), 'utf8'),
) as KerasResult;

test('what was measured of the nets reaches what is promised of them', () => {
  expect(mean(keras.dense.epochs20.accuracy)).toBeGreaterThanOrEqual(LIMITS.dense);
  expect(keras.dense.epochs20.accuracy).toHaveLength(5);
  expect(keras.cnn.heldout).toBeGreaterThanOrEqual(LIMITS.cnn);
  expect(keras.again).toEqual({ dense: true, cnn: true });
});
