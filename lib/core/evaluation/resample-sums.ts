import { BINS, binOf, lossReader, shareOf } from './losses.ts';
import { r2 } from './metrics-of.ts';
import type { EvaluatedRows, Predictions } from './rows.ts';
import type { Resampling } from './statistics/bootstrap.ts';
import { Random } from './statistics/random.ts';

/** Up to so many rows, each is drawn by itself. */
const ROWS_APART = 5000;
/** Else they are drawn in so many blocks, of as many rows each as is possible. */
const BLOCKS = 4096;

/** A metric that is made of sums over rows, of which the first is always how many they are. */
interface SumMetric {
  readonly width: number;
  /** Adds a row to the `width` sums that begin at `from`. */
  readonly add: (row: number, sums: Float64Array, from: number) => void;
  readonly finish: (sums: Float64Array) => number;
}

/**
 * A metric that is a sum over rows, or made of some: undefined for any other. Rows are put into blocks by chance (of the
 * seed), so that it does not matter how the file is sorted. Of two models, the first less the second.
 */
export function resampleSums(
  name: string,
  rows: EvaluatedRows,
  models: readonly Predictions[],
  seed: number,
): Resampling | undefined {
  const metrics = models.map((predictions) => sumMetric(name, rows, predictions));
  if (metrics.includes(undefined)) return undefined;
  const units = rows.count <= ROWS_APART ? rows.count : BLOCKS;
  const places = units === rows.count ? undefined : shuffled(rows.count, seed);
  const unitOf = (row: number) =>
    places === undefined ? row : Math.floor(((places[row] as number) * units) / rows.count);
  const readers = (metrics as SumMetric[]).map((metric) => readerOf(metric, rows.count, units, unitOf));
  return {
    counts: new Int32Array(units).fill(1),
    inflated: name === 'ece',
    statistic: (counts) => readers.map((read) => read(counts)).reduce((first, second) => first - second),
  };
}

/** The metric of one model, were each unit seen so often. */
function readerOf(
  { width, add, finish }: SumMetric,
  rows: number,
  units: number,
  unitOf: (row: number) => number,
): (counts: Int32Array) => number {
  const parts = new Float64Array(units * width);
  for (let row = 0; row < rows; row++) add(row, parts, unitOf(row) * width);
  const sums = new Float64Array(width);
  return (counts) => {
    sums.fill(0);
    for (let unit = 0; unit < units; unit++) {
      const times = counts[unit] as number;
      if (times === 0) continue;
      for (let at = 0; at < width; at++) (sums[at] as number) += times * (parts[unit * width + at] as number);
    }
    return finish(sums);
  };
}

function shuffled(count: number, seed: number): Uint32Array {
  const random = new Random(seed);
  const places = Uint32Array.from({ length: count }, (_, row) => row);
  for (let row = count - 1; row > 0; row--) {
    const other = random.below(row + 1);
    [places[row], places[other]] = [places[other] as number, places[row] as number];
  }
  return places;
}

function sumMetric(name: string, rows: EvaluatedRows, predictions: Predictions): SumMetric | undefined {
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
