import { BINS, binOf, lossReader, shareOf } from './losses.ts';
import type { EvaluatedRows, Predictions, Side } from './rows.ts';
import { Adding, addSums, type Sum, valueOf } from './sum.ts';

/**
 * What all metrics but the curves are made of, in a size that does not grow with the rows. Plain JSON: counts are exact,
 * and sums carry what rounding left out.
 */
export type Tally = ClassificationTally | RegressionTally;

export interface ClassificationTally {
  readonly task: 'classification';
  readonly rows: number;
  readonly classes: readonly string[];
  /** @default - there is no positive class */
  readonly positive?: number;
  /** Truth by row, prediction by column; the last column is what is none of the classes. */
  readonly confusion: readonly (readonly number[])[];
  /** @default - the model gives none */
  readonly probabilities?: ProbabilityTally;
}

export interface ProbabilityTally {
  /** Rows with a probability that is no finite number: there is no metric, then. */
  readonly unusable: number;
  readonly logLoss: Sum;
  readonly squares: Sum;
  /** By bin of the confidence. */
  readonly bins: readonly { readonly rows: number; readonly right: number; readonly confidence: Sum }[];
}

export interface RegressionTally {
  readonly task: 'regression';
  readonly rows: number;
  /** Rows with a target or a prediction that is no finite number: there is no metric, then. */
  readonly unusable: number;
  readonly absolute: Sum;
  readonly squared: Sum;
  readonly share: Sum;
  /** Of the targets: their mean, and their summed squared distance from it. */
  readonly mean: number;
  readonly spread: number;
}

/** What one model did on the rows. Throws a TypeError where there is no champion and it is asked for. */
export function tallyOf(rows: EvaluatedRows, side: Side): Tally {
  const predictions = predictionsOf(rows, side);
  return rows.task === 'classification' ? classificationTally(rows, predictions) : regressionTally(rows, predictions);
}

/** What the model of that side said. Throws a TypeError where there is none. */
export function predictionsOf(rows: EvaluatedRows, side: Side): Predictions {
  const predictions = rows[side];
  if (predictions === undefined) throw new TypeError('There is no champion to look at.');
  return predictions;
}

function classificationTally(rows: EvaluatedRows, predictions: Predictions): ClassificationTally {
  const classes = rows.classes.length;
  const confusion = Array.from({ length: classes }, () => Array.from({ length: classes + 1 }, () => 0));
  for (let row = 0; row < rows.count; row++) {
    const predicted = predictions.predicted[row] as number;
    const counts = confusion[rows.truth[row] as number] as number[];
    (counts[predicted < 0 ? classes : predicted] as number) += 1;
  }
  const probabilities = probabilityTally(rows, predictions);
  return {
    task: 'classification',
    rows: rows.count,
    classes: rows.classes,
    ...(rows.positive !== undefined && { positive: rows.positive }),
    confusion,
    ...(probabilities && { probabilities }),
  };
}

function probabilityTally(rows: EvaluatedRows, predictions: Predictions): ProbabilityTally | undefined {
  const lossOf = lossReader(rows, predictions);
  if (lossOf === undefined) return undefined;
  const [logLoss, squares] = [new Adding(), new Adding()];
  const bins = Array.from({ length: BINS }, () => ({ rows: 0, right: 0, confidence: new Adding() }));
  let unusable = 0;
  for (let row = 0; row < rows.count; row++) {
    const loss = lossOf(row);
    if (Number.isNaN(loss.logLoss)) {
      unusable++;
      continue;
    }
    logLoss.add(loss.logLoss);
    squares.add(loss.squares);
    const bin = bins[binOf(loss.confidence)] as (typeof bins)[number];
    bin.rows++;
    bin.right += loss.right;
    bin.confidence.add(loss.confidence);
  }
  return {
    unusable,
    logLoss: logLoss.result(),
    squares: squares.result(),
    bins: bins.map(({ rows, right, confidence }) => ({ rows, right, confidence: confidence.result() })),
  };
}

function regressionTally(rows: EvaluatedRows, predictions: Predictions): RegressionTally {
  const [absolute, squared, share, targets, spread] = Array.from({ length: 5 }, () => new Adding()) as Five<Adding>;
  const usable = (row: number) => Number.isFinite((predictions.predicted[row] as number) - (rows.truth[row] as number));
  let used = 0;
  for (let row = 0; row < rows.count; row++) {
    if (!usable(row)) continue;
    const target = rows.truth[row] as number;
    const error = (predictions.predicted[row] as number) - target;
    used++;
    absolute.add(Math.abs(error));
    squared.add(error * error);
    share.add(shareOf(error, target));
    targets.add(target);
  }
  const mean = used === 0 ? 0 : valueOf(targets.result()) / used;
  for (let row = 0; row < rows.count; row++) if (usable(row)) spread.add(((rows.truth[row] as number) - mean) ** 2);
  return {
    task: 'regression',
    rows: rows.count,
    unusable: rows.count - used,
    absolute: absolute.result(),
    squared: squared.result(),
    share: share.result(),
    mean,
    spread: valueOf(spread.result()),
  };
}

type Five<T> = [T, T, T, T, T];

/**
 * All rows of the tallies, of which there is at least one, together. They are added in the order given: shards given in
 * the order of their rows come to the same bits, whenever and wherever each was made. Another order or another cut gives
 * the same counts, and sums that differ by rounding alone. Throws a TypeError for tallies of different tasks.
 */
export function mergeTallies(tallies: readonly Tally[]): Tally {
  return tallies.reduce((merged, tally) => {
    if (merged.task === 'classification' && tally.task === 'classification') return mergeClasses(merged, tally);
    if (merged.task === 'regression' && tally.task === 'regression') return mergeRegressions(merged, tally);
    throw new TypeError('A classification and a regression do not add up.');
  });
}

function mergeClasses(a: ClassificationTally, b: ClassificationTally): ClassificationTally {
  const { probabilities: ofA, ...rest } = a;
  const merged = ofA && b.probabilities && mergeProbabilities(ofA, b.probabilities);
  return {
    ...rest,
    rows: a.rows + b.rows,
    confusion: a.confusion.map((counts, row) =>
      counts.map((count, column) => count + (b.confusion[row]?.[column] ?? 0)),
    ),
    ...(merged && { probabilities: merged }),
  };
}

const mergeProbabilities = (a: ProbabilityTally, b: ProbabilityTally): ProbabilityTally => ({
  unusable: a.unusable + b.unusable,
  logLoss: addSums([a.logLoss, b.logLoss]),
  squares: addSums([a.squares, b.squares]),
  bins: a.bins.map((bin, index) => {
    const other = b.bins[index] as typeof bin;
    return {
      rows: bin.rows + other.rows,
      right: bin.right + other.right,
      confidence: addSums([bin.confidence, other.confidence]),
    };
  }),
});

/** Mean and spread as Chan, Golub and LeVeque (1979) put them together. */
function mergeRegressions(a: RegressionTally, b: RegressionTally): RegressionTally {
  const [ofA, ofB] = [a.rows - a.unusable, b.rows - b.unusable];
  const between = b.mean - a.mean;
  const share = ofA + ofB === 0 ? 0 : ofB / (ofA + ofB);
  return {
    task: 'regression',
    rows: a.rows + b.rows,
    unusable: a.unusable + b.unusable,
    absolute: addSums([a.absolute, b.absolute]),
    squared: addSums([a.squared, b.squared]),
    share: addSums([a.share, b.share]),
    mean: a.mean + between * share,
    spread: a.spread + b.spread + between * between * ofA * share,
  };
}
