import { parsePair } from '../profile/truth.ts';
import type { TruthProfile } from '../profile/profile.ts';
import { largestShift } from './compare-categories.ts';
import { compareNumbers } from './compare-numbers.ts';
import { allowanceFor, type Comparison, nothing } from './comparison.ts';
import { cellsOf, chiSquared, chiSquaredTail, type Counts, totalsOf } from './statistics/chi-squared.ts';

/**
 * What truths have to do with predictions: of classes, how the truths of those who were given a class are shared out, class
 * by class; of values, how far the truth is from the prediction. Undefined where there is nothing to compare.
 */
export function compareTruths(baseline: TruthProfile, live: TruthProfile): Comparison | undefined {
  if (baseline.kind === 'values') {
    return live.kind === 'values' ? compareNumbers(baseline.residuals, live.residuals) : undefined;
  }
  if (live.kind === 'values') return undefined;
  const [first, second] = [baseline.pairs.counts(), live.pairs.counts()];
  return first && second && compareClasses(byPrediction(first), byPrediction(second), live.rows);
}

type Truths = Map<string, Map<string, number>>;

/** Truths by the class that was predicted, from counts of both together. */
function byPrediction(counts: Counts): Truths {
  const truths: Truths = new Map();
  for (const [category, count] of counts) {
    const pair = parsePair(String(category));
    if (pair === undefined) continue;
    const row = truths.get(pair.prediction) ?? new Map<string, number>();
    truths.set(pair.prediction, row.set(pair.truth, count));
  }
  return truths;
}

/** The chi-squared statistics of all classes together; classes that only one side was given say nothing of truths. */
function compareClasses(baseline: Truths, live: Truths, rows: number): Comparison {
  let [statistic, cautious, degrees, effect] = [0, 0, 0, 0];
  for (const [prediction, truths] of live) {
    const cells = cellsOf(baseline.get(prediction) ?? new Map(), truths);
    const [m, n] = totalsOf(cells);
    if (m === 0 || n === 0) continue;
    const row = chiSquared(cells);
    statistic += row.statistic;
    cautious += row.statistic * allowanceFor(m, n);
    degrees += row.degrees;
    effect = Math.max(effect, (largestShift(cells) * n) / rows);
  }
  if (degrees === 0) return nothing(rows, 0);
  return {
    ...nothing(rows, 0),
    test: 'chi-squared',
    statistic,
    pValue: chiSquaredTail(statistic, degrees),
    cautious: chiSquaredTail(cautious, degrees),
    effect,
  };
}
