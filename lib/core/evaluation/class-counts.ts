import { classMetric } from './metrics.ts';

/**
 * How often each class is the truth, is predicted, and is both. One element for each class, and a last one for what was
 * predicted and is none of them: a label of its own, as scikit-learn has it, which is never right.
 */
export interface ClassCounts {
  readonly rows: number;
  readonly truth: Float64Array;
  readonly predicted: Float64Array;
  readonly hits: Float64Array;
}

/** A metric of classes from their counts. */
export type CountMetric = (counts: ClassCounts) => number;

/** 0 where there is nothing to divide by: `zero_division=0`. */
const ratio = (part: number, whole: number): number => (whole === 0 ? 0 : part / whole);
const at = (array: Float64Array, index: number): number => array[index] as number;

const RATES = {
  precision: ({ hits, predicted }: ClassCounts, k: number) => ratio(at(hits, k), at(predicted, k)),
  recall: ({ hits, truth }: ClassCounts, k: number) => ratio(at(hits, k), at(truth, k)),
  f1: ({ hits, truth, predicted }: ClassCounts, k: number) => ratio(2 * at(hits, k), at(truth, k) + at(predicted, k)),
} as const;
export type Rate = keyof typeof RATES;

/** A rate of one class. */
export const rateOf = (rate: Rate, counts: ClassCounts, index: number): number => RATES[rate](counts, index);

const accuracy: CountMetric = ({ hits, rows }) => ratio(total(hits), rows);

function balancedAccuracy(counts: ClassCounts): number {
  const { hits, truth } = counts;
  let [sum, classes] = [0, 0];
  for (let k = 0; k < truth.length; k++) {
    if (at(truth, k) === 0) continue;
    sum += at(hits, k) / at(truth, k);
    classes++;
  }
  return ratio(sum, classes);
}

/** Gorodkin's correlation of any number of classes, as scikit-learn has it; 0 where it is 0 by 0. */
function matthews({ rows, hits, truth, predicted }: ClassCounts): number {
  let [both, ofTruth, ofPredicted] = [0, 0, 0];
  for (let k = 0; k < truth.length; k++) {
    both += at(truth, k) * at(predicted, k);
    ofTruth += at(truth, k) ** 2;
    ofPredicted += at(predicted, k) ** 2;
  }
  const square = rows * rows;
  return ratio(total(hits) * rows - both, Math.sqrt((square - ofTruth) * (square - ofPredicted)));
}

/** Mean over the labels that occur, as truth or as prediction. */
const macro = (rate: Rate) => (counts: ClassCounts) => {
  let [sum, labels] = [0, 0];
  for (let k = 0; k < counts.truth.length; k++) {
    if (at(counts.truth, k) === 0 && at(counts.predicted, k) === 0) continue;
    sum += rateOf(rate, counts, k);
    labels++;
  }
  return ratio(sum, labels);
};

const weighted = (rate: Rate) => (counts: ClassCounts) => {
  let sum = 0;
  for (let k = 0; k < counts.truth.length; k++) sum += at(counts.truth, k) * rateOf(rate, counts, k);
  return ratio(sum, counts.rows);
};

const METRICS: Readonly<Record<string, CountMetric>> = {
  accuracy,
  balanced_accuracy: balancedAccuracy,
  matthews_corrcoef: matthews,
  ...Object.fromEntries(
    (Object.keys(RATES) as Rate[]).flatMap((rate) => [
      [`${rate}_macro`, macro(rate)],
      [`${rate}_micro`, accuracy],
      [`${rate}_weighted`, weighted(rate)],
    ]),
  ),
};

/**
 * The metric of that name, if it is one of counts: by `classes` and `positive` of the rows. Undefined for other metrics, for
 * a class that there is not, and where there is no positive class.
 */
export function countMetric(name: string, classes: readonly string[], positive?: number): CountMetric | undefined {
  const [rate, index] = classRate(name, classes, positive) ?? [];
  if (rate !== undefined && index !== undefined) return (counts) => rateOf(rate, counts, index);
  return Object.hasOwn(METRICS, name) ? METRICS[name] : undefined;
}

/** Whether it is the accuracy, under whatever name: each row has one truth and one prediction, so micro averages are. */
export const isAccuracy = (name: string): boolean => Object.hasOwn(METRICS, name) && METRICS[name] === accuracy;

/** What `recall`, or `recall:CLASS`, is a rate of. */
export function classRate(name: string, classes: readonly string[], positive?: number): [Rate, number] | undefined {
  const named = classMetric(name);
  const index = named === undefined ? positive : classes.indexOf(named.of);
  const rate = named?.rate ?? name;
  return index === undefined || index < 0 || !Object.hasOwn(RATES, rate) ? undefined : [rate as Rate, index];
}

function total(values: Float64Array): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum;
}
