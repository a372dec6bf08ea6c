import type { EvaluatedRows, Predictions } from './rows.ts';

/** Bins of confidence, all of the same width. */
export const BINS = 15;

/** scikit-learn clips by the precision of the probabilities, which are 32-bit floats. */
const LEAST = 2 ** -23;
const MOST = 1 - LEAST;

/** What the probabilities of a row come to. */
export interface RowLoss {
  logLoss: number;
  /** Of the Brier score: squared distance from the truth. */
  squares: number;
  /** The largest probability, and whether that class is the truth. */
  confidence: number;
  right: number;
}

/** Loss of each row that has finite probabilities; of the others NaN. One object, which the next call changes. */
export function lossReader(rows: EvaluatedRows, predictions: Predictions): ((row: number) => RowLoss) | undefined {
  const { probabilities } = predictions;
  if (probabilities === undefined) return undefined;
  const classes = rows.classes.length;
  const half = classes < 3 ? 0.5 : 1;
  const loss: RowLoss = { logLoss: 0, squares: 0, confidence: 0, right: 0 };
  return (row) => {
    const truth = rows.truth[row] as number;
    let [squares, best] = [0, 0];
    for (let k = 0; k < classes; k++) {
      const p = probabilities[row * classes + k] as number;
      squares += (p - (k === truth ? 1 : 0)) ** 2;
      if (p > (probabilities[row * classes + best] as number)) best = k;
    }
    loss.squares = half * squares;
    loss.logLoss = -Math.log(Math.min(MOST, Math.max(LEAST, probabilities[row * classes + truth] as number)));
    loss.confidence = probabilities[row * classes + best] as number;
    loss.right = best === truth ? 1 : 0;
    if (!Number.isFinite(squares)) loss.logLoss = loss.confidence = loss.squares = Number.NaN;
    return loss;
  };
}

/** Bin b has what is over b / 15 and at most (b + 1) / 15; the first has 0, too. */
export const binOf = (confidence: number): number => Math.min(BINS - 1, Math.max(0, Math.ceil(confidence * BINS) - 1));

/** scikit-learn divides by this where the target is nearer to 0. */
const NEAR_ZERO = 2 ** -52;

/** Absolute error as a share of the target. */
export const shareOf = (error: number, target: number): number =>
  Math.abs(error) / Math.max(Math.abs(target), NEAR_ZERO);
