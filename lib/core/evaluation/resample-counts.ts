import type { ClassCounts, CountMetric } from './class-counts.ts';
import type { EvaluatedRows, Predictions } from './rows.ts';
import type { Resampling } from './statistics/bootstrap.ts';

/**
 * Rows with the same truth and the same predictions are alike to a metric of counts, so that it is these patterns that are
 * drawn: just what drawing rows comes to, in a time that does not grow with them. Of two models, the first less the second.
 */
export function resampleCounts(rows: EvaluatedRows, models: readonly Predictions[], metric: CountMetric): Resampling {
  const patterns = patternsOf(rows, models);
  const readers = models.map((_, model) => readerOf(rows, patterns, model));
  return {
    counts: Int32Array.from(patterns, ({ count }) => count),
    statistic: (counts) => readers.map((read) => metric(read(counts))).reduce((first, second) => first - second),
  };
}

interface Pattern {
  readonly truth: number;
  /** By model; what is none of the classes is the number of the classes. */
  readonly predicted: readonly number[];
  count: number;
}

function patternsOf({ count, classes, truth }: EvaluatedRows, models: readonly Predictions[]): Pattern[] {
  const base = classes.length + 1;
  const patterns = new Map<number, Pattern>();
  for (let row = 0; row < count; row++) {
    let key = truth[row] as number;
    for (const { predicted } of models) key = key * base + labelOf(predicted[row] as number, classes.length);
    const known = patterns.get(key);
    if (known !== undefined) {
      known.count++;
      continue;
    }
    const predicted = models.map((model) => labelOf(model.predicted[row] as number, classes.length));
    patterns.set(key, { truth: truth[row] as number, predicted, count: 1 });
  }
  return [...patterns.values()];
}

const labelOf = (predicted: number, classes: number): number => (predicted < 0 ? classes : predicted);

/** What one model's classes count where each pattern counts so often. One object, which the next call changes. */
function readerOf(
  { classes }: EvaluatedRows,
  patterns: readonly Pattern[],
  model: number,
): (counts: Int32Array) => ClassCounts {
  const width = classes.length + 1;
  const [truth, predicted, hits] = [new Float64Array(width), new Float64Array(width), new Float64Array(width)];
  const truths = Int32Array.from(patterns, (pattern) => pattern.truth);
  const labels = Int32Array.from(patterns, (pattern) => pattern.predicted[model] as number);
  return (counts) => {
    for (const array of [truth, predicted, hits]) array.fill(0);
    let rows = 0;
    for (let pattern = 0; pattern < counts.length; pattern++) {
      const count = counts[pattern] as number;
      const [label, expected] = [labels[pattern] as number, truths[pattern] as number];
      rows += count;
      (truth[expected] as number) += count;
      (predicted[label] as number) += count;
      if (label === expected) (hits[label] as number) += count;
    }
    return { rows, truth, predicted, hits };
  };
}
