import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { planEvaluation } from '#core/release/evaluation/plan-evaluation.ts';
import type { EvaluationReport } from '#core/release/evaluation/report.ts';
import type { EvaluationOptions } from '#core/release/options.ts';
import { evaluateRelease, example, newPlace, type Place, releaseOf } from './support/place.ts';

let place: Place;

beforeAll(async () => {
  place = await newPlace();
});

test('digits comes to what scikit-learn says of it', async () => {
  const labels = { probabilities: ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'] };
  await place.register('digits', join(example('digits'), 'model.onnx'), { labels });
  const data = place.file('digits.csv', readFileSync(join(example('digits'), 'heldout.csv')));
  const { report, rows } = await evaluateRelease(place.world, releaseOf('digits', { data, label: 'digit' }));
  const metrics = JSON.parse(readFileSync(join(example('digits'), 'metrics.json'), 'utf8')) as Record<string, number>;
  expect(report.challenger.metrics['accuracy']).toBeCloseTo(metrics['accuracy']!, 4);
  expect(report.challenger.metrics['log_loss']).toBeCloseTo(metrics['log_loss']!, 4);
  expect(rows.count).toBe(540);
});
