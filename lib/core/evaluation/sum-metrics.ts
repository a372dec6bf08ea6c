import { BINS, binOf, lossReader, shareOf } from './losses.ts';
import { r2 } from './metrics-of.ts';
import type { EvaluatedRows, Predictions } from './rows.ts';

/** A metric that is made of sums over rows, of which the first is always how many they are. */
export interface SumMetric {
  readonly width: number;
  /** Adds a row to the `width` sums that begin at `from`. */
  readonly add: (row: number, sums: Float64Array, from: number) => void;
  readonly finish: (sums: Float64Array) => number;
}

/** A metric of one model that is a sum over rows, or made of some: undefined for any other. */
export function sumMetric(name: string, rows: EvaluatedRows, predictions: Predictions): SumMetric | undefined {
  return rows.task === 'regression' ? regressionSums(name, rows, predictions) : lossSums(name, rows, predictions);
}

/** The mean of a number of each row, or what becomes of it. */
const meanOf = (value: (row: number) => number, finish: (mean: number) => number = (mean) => mean): SumMetric => ({
  width: 2,
  add: (row, sums, from) => {
    (sums[from] as number) += 1;
    (sums[from + 1] as number) += value(row);
  },
  finish: ([rows, sum]) => finish((sum as number) / (rows as number)),
});

function lossSums(name: string, rows: EvaluatedRows, predictions: Predictions): SumMetric | undefined {
  const lossOf = lossReader(rows, predictions);
  if (lossOf === undefined) return undefined;
  if (name === 'log_loss') return meanOf((row) => lossOf(row).logLoss);
  if (name === 'brier_score') return meanOf((row) => lossOf(row).squares);
  if (name !== 'ece') return undefined;
  return {
    width: 1 + BINS,
    add: (row, sums, from) => {
      const { right, confidence } = lossOf(row);
      (sums[from] as number) += 1;
      (sums[from + 1 + binOf(confidence)] as number) += right - confidence;
    },
    finish: ([rows, ...bins]) => bins.reduce((sum, bin) => sum + Math.abs(bin), 0) / (rows as number),
  };
}

function regressionSums(name: string, rows: EvaluatedRows, { predicted }: Predictions): SumMetric | undefined {
  const target = (row: number) => rows.truth[row] as number;
  const error = (row: number) => (predicted[row] as number) - target(row);
  if (name === 'mean_absolute_error') return meanOf((row) => Math.abs(error(row)));
  if (name === 'root_mean_squared_error') return meanOf((row) => error(row) ** 2, Math.sqrt);
  if (name === 'mean_absolute_percentage_error') return meanOf((row) => shareOf(error(row), target(row)));
  return name === 'r2' ? determination(rows, target, error) : undefined;
}

/** Targets are taken from their mean, so that nothing cancels. */
function determination(
  { truth, count }: EvaluatedRows,
  target: (row: number) => number,
  error: (row: number) => number,
): SumMetric {
  let mean = 0;
  for (const value of truth) mean += value / count;
  return {
    width: 4,
    add: (row, sums, from) => {
      const apart = target(row) - mean;
      (sums[from] as number) += 1;
      (sums[from + 1] as number) += error(row) ** 2;
      (sums[from + 2] as number) += apart;
      (sums[from + 3] as number) += apart * apart;
    },
    finish: ([rows, squared, apart, squares]) =>
      r2(squared as number, Math.max(0, (squares as number) - (apart as number) ** 2 / (rows as number))),
  };
}
