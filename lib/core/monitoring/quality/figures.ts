import { interval } from '../../evaluation/interval.ts';
import { metricsFor } from '../../evaluation/metrics.ts';
import type { EvaluatedRows } from '../../evaluation/rows.ts';
import { wilson } from '../../evaluation/statistics/proportions.ts';
import type { QualityFigure } from '../monitor/documents.ts';
import type { FeedbackRecord } from '../truth/records.ts';

/** The others say the same, or are averages of these. */
const OF_CLASSES = [
  'accuracy',
  'balanced_accuracy',
  'f1_macro',
  'precision_macro',
  'recall_macro',
  'matthews_corrcoef',
  'f1',
  'precision',
  'recall',
];

/** Redrawn so often: an end of an interval moves by a few percent of its width. */
const REPLICATES = 1000;

/**
 * What matters of live answers, each with its bounds of 95 %: shares have Wilson's, all others the bootstrap's. `watched` is
 * looked at besides. Throws `evaluation.metric`.
 */
export function figuresOf(rows: EvaluatedRows, watched?: string): QualityFigure[] {
  const known = metricsFor(rows, false).map(({ name }) => name);
  const looked = rows.task === 'regression' ? known : known.filter((name) => OF_CLASSES.includes(name));
  const names = new Set([...looked, ...(watched === undefined ? [] : [watched])]);
  return Array.from(names, (metric) => figureOf(rows, metric));
}

function figureOf(rows: EvaluatedRows, metric: string): QualityFigure {
  const { value, low, high } = interval(metric, rows, 'challenger', { replicates: REPLICATES });
  return { metric, value, ...(low !== null && high !== null && { low, high }) };
}

/** The share of values that were near enough, where the configuration says how near that is. Undefined where it does not. */
export function withinTolerance(records: readonly FeedbackRecord[]): QualityFigure | undefined {
  const judged = records.filter(({ absoluteError, correct }) => absoluteError !== undefined && correct !== undefined);
  if (judged.length === 0) return undefined;
  const share = { events: judged.filter(({ correct }) => correct).length, trials: judged.length };
  return { metric: 'accuracy', value: share.events / share.trials, ...wilson(share) };
}
