import { invalid } from '#core/errors.ts';
import { curvesOf } from '#core/evaluation/curves.ts';
import { interval } from '#core/evaluation/interval.ts';
import { metricNamed } from '#core/evaluation/metrics.ts';
import { metricsOf, type MetricValues } from '#core/evaluation/metrics-of.ts';
import type { EvaluatedRows } from '#core/evaluation/rows.ts';
import { tallyOf } from '#core/evaluation/tally.ts';
import type { WatchThreshold } from '#core/monitoring/watch-threshold.ts';
import type { MonitorRequest } from './request.ts';

/** Whether a metric of some rows is as it should be. */
export interface MonitorVerdict {
  readonly status: 'ok' | 'error';
  readonly metric: string;
  readonly value: number;
  /** Of 95 %; null where they cannot be had. */
  readonly low: number | null;
  readonly high: number | null;
  readonly threshold: number;
  /** Which side of it is wrong. */
  readonly wrong: 'below' | 'above';
  readonly rows: number;
  readonly metrics: MetricValues;
}

/** Redrawn so often: it is done while a client waits, and others too. */
const REPLICATES = 500;

/** Throws `evaluation.metric`, `monitor.metric`, `monitor.threshold`. */
export function judged(
  rows: EvaluatedRows,
  asked: Pick<MonitorRequest, 'metric' | 'threshold'>,
  watched: WatchThreshold | undefined,
): MonitorVerdict {
  const usual = rows.task === 'classification' ? 'accuracy' : 'mean_absolute_error';
  const metric = asked.metric ?? watched?.metric ?? usual;
  const { threshold, wrong } = boundOf(metric, asked.threshold, watched);
  const { value, low, high } = interval(metric, rows, 'challenger', { replicates: REPLICATES });
  if (value === null) throw noValue(metric, rows);
  const isWrong = wrong === 'below' ? value < threshold : value > threshold;
  const curves = rows.task === 'classification' ? curvesOf(rows, 'challenger') : undefined;
  const metrics = metricsOf(tallyOf(rows, 'challenger'), curves);
  return { status: isWrong ? 'error' : 'ok', metric, value, low, high, threshold, wrong, rows: rows.count, metrics };
}

function boundOf(
  metric: string,
  threshold: number | undefined,
  watched: WatchThreshold | undefined,
): Pick<MonitorVerdict, 'threshold' | 'wrong'> {
  const isHigherBetter = metricNamed(metric).direction === 'higher';
  if (threshold !== undefined) return { threshold, wrong: isHigherBetter ? 'below' : 'above' };
  if (watched?.metric === metric && watched.below !== undefined) return { threshold: watched.below, wrong: 'below' };
  if (watched?.metric === metric && watched.above !== undefined) return { threshold: watched.above, wrong: 'above' };
  throw invalid('monitor.threshold', `nobody has said what '${metric}' is to be`, {
    fix: 'Send a "threshold", or set `watch.accuracy` or `watch.quality` of the model in the configuration.',
    fields: { metric },
  });
}

const noValue = (metric: string, { task }: EvaluatedRows) =>
  invalid('monitor.metric', `'${metric}' cannot be had of these rows of a ${task}`, {
    fix: 'Name a metric of its kind, whose classes are among the truths; some need probabilities, or a class that is the positive one.',
    fields: { metric, task },
  });
