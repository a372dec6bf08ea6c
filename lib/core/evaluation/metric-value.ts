import { countMetric } from './class-counts.ts';
import { averagePrecision, rocAuc } from './curves.ts';
import { classCounts, metricsOf } from './metrics-of.ts';
import { metricNamed } from './metrics.ts';
import type { EvaluatedRows, Side } from './rows.ts';
import { predictionsOf, tallyOf } from './tally.ts';

/**
 * One metric of one model. Null where it cannot be had: of no rows, of numbers that are not finite, of the other task,
 * without probabilities or a positive class that it needs, or for a class that there is not. Throws `evaluation.metric`.
 */
export function metricValue(metric: string, rows: EvaluatedRows, side: Side): number | null {
  const { name, task, probabilities } = metricNamed(metric);
  const predictions = predictionsOf(rows, side);
  if (task !== rows.task || rows.count === 0) return null;
  if (name === 'roc_auc') return rocAuc(rows, side);
  if (name === 'average_precision') return averagePrecision(rows, side);
  const { predicted } = predictions;
  const tally = tallyOf(probabilities ? rows : { ...rows, [side]: { predicted } }, side);
  if (tally.task === 'regression' || probabilities) return metricsOf(tally)[name] ?? null;
  return countMetric(name, rows.classes, rows.positive)?.(classCounts(tally)) ?? null;
}
