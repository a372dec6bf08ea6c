import { resampleSums } from '../../evaluation/resample-sums.ts';
import type { EvaluatedRows } from '../../evaluation/rows.ts';
import { bootstrapInterval } from '../../evaluation/statistics/bootstrap.ts';
import { type Interval, outside } from '../../evaluation/statistics/interval.ts';
import { studentisedInterval } from '../../evaluation/studentised.ts';
import { type SumMetric, sumMetric } from '../../evaluation/sum-metrics.ts';
import { predictionsOf } from '../../evaluation/tally.ts';
import { unseenShare } from '../../evaluation/unseen.ts';

/** Below so many rows BCa is wrong too often of what is skewed, as it is for the gates. */
const FEW = 300;
const SEED = 1;

/**
 * Where the R2 of a variant less that of the original lies, at 1 - alpha. Rows are drawn with what both said of them, and an
 * unseen one, too, is one for both: a variant that answers nearly the same on every row is known with few of them. The gates
 * compare models that may have nothing in common, so that to them an unseen row may be the worst for one and the best for
 * the other. Undefined where there is no such number.
 */
export function pairedR2(rows: EvaluatedRows, alpha: number): Interval | undefined {
  const models = [predictionsOf(rows, 'challenger'), predictionsOf(rows, 'champion')];
  const sums = models.map((model) => sumMetric('r2', rows, model) as SumMetric) as [SumMetric, SumMetric];
  const options = { alpha, seed: SEED };
  const resampling = resampleSums('r2', rows, models, SEED);
  const found = resampling && bootstrapInterval(resampling, options);
  if (!found || !Number.isFinite(found.low) || !Number.isFinite(found.high)) return undefined;
  const wider = outside(found, unseen(sums, rows.count, alpha));
  const studentised = rows.count < FEW ? studentisedInterval(sums, rows.count, options) : undefined;
  return studentised ? outside(wider, studentised) : wider;
}

/** The least and the most that it can be, were as large a share as none of so many rows leaves possible all as one of them. */
function unseen([first, second]: readonly [SumMetric, SumMetric], rows: number, alpha: number): Interval {
  const share = unseenShare(rows, alpha / 2);
  const [mine, theirs] = [shifted(first, rows, share), shifted(second, rows, share)];
  let [low, high] = [Infinity, -Infinity];
  for (let row = 0; row < rows; row++) {
    const difference = mine(row) - theirs(row);
    [low, high] = [Math.min(low, difference), Math.max(high, difference)];
  }
  return { low, high };
}

/** The metric, were the share of the rows all as one. */
function shifted({ width, add, finish }: SumMetric, rows: number, share: number): (row: number) => number {
  const [totals, sums] = [new Float64Array(width), new Float64Array(width)];
  for (let row = 0; row < rows; row++) add(row, totals, 0);
  return (row) => {
    sums.fill(0);
    add(row, sums, 0);
    for (let at = 0; at < width; at++) {
      sums[at] = (1 - share) * (totals[at] as number) + share * rows * (sums[at] as number);
    }
    return finish(sums);
  };
}
