import type { EvaluatedRows, Predictions } from './rows.ts';
import type { Resampling } from './statistics/bootstrap.ts';
import { Random } from './statistics/random.ts';
import { type SumMetric, sumMetric } from './sum-metrics.ts';

/** Up to so many rows, each is drawn by itself. */
const ROWS_APART = 5000;
/** Else they are drawn in so many blocks, of as many rows each as is possible. */
const BLOCKS = 4096;

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
