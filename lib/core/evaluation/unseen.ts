import type { Interval } from './statistics/interval.ts';
import type { SumMetric } from './sum-metrics.ts';

/** The largest share of rows of which `rows` drawn ones have none with a chance of alpha: the rule of three, exactly. */
export const unseenShare = (rows: number, alpha: number): number => 1 - alpha ** (1 / rows);

/**
 * What rows that were not seen could make of a metric of one model, or of the first less the second: where as large a share
 * as none of so many rows leaves possible (1 - (alpha / 2)^(1 / rows), the rule of three: Hanley and Lippman-Hand, JAMA
 * 249:1743, 1983) is as any one row that was seen, and where two are compared, as any row is for either. A loss that is
 * larger than all that were seen is beyond this, as it is beyond every statistic of these rows.
 */
export function unseenInterval(models: readonly SumMetric[], rows: number, alpha: number): Interval {
  const share = unseenShare(rows, alpha / 2);
  const [first, second] = models.map((model) => withMore(model, rows, share));
  const { low = Number.NaN, high = Number.NaN } = first ?? {};
  return second ? { low: low - second.high, high: high - second.low } : { low, high };
}

/** The least and the most that the metric can be, were the share of the rows all as one of them. */
function withMore({ width, add, finish }: SumMetric, rows: number, share: number): Interval {
  const [totals, sums] = [new Float64Array(width), new Float64Array(width)];
  for (let row = 0; row < rows; row++) add(row, totals, 0);
  let [low, high] = [Infinity, -Infinity];
  for (let row = 0; row < rows; row++) {
    sums.fill(0);
    add(row, sums, 0);
    for (let at = 0; at < width; at++) {
      sums[at] = (1 - share) * (totals[at] as number) + share * rows * (sums[at] as number);
    }
    const value = finish(sums);
    [low, high] = [Math.min(low, value), Math.max(high, value)];
  }
  return { low, high };
}
