import { curvesOf } from './curves.ts';
import { metricsOf, type MetricValues } from './metrics-of.ts';
import type { EvaluatedRows, Side } from './rows.ts';
import { predictionsOf, tallyOf } from './tally.ts';

/** All metrics of one model on rows in memory, the curves included; of a slice, with `selectRows`. */
export const evaluate = (rows: EvaluatedRows, side: Side): MetricValues =>
  metricsOf(tallyOf(rows, side), predictionsOf(rows, side).probabilities && curvesOf(rows, side));
