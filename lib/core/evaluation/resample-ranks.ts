import { isClass, RANK_METRICS, rankedClasses, scoresOf } from './curves.ts';
import type { Curves } from './metrics-of.ts';
import { countScores, rankingOf } from './ranking.ts';
import type { EvaluatedRows, Predictions, Side } from './rows.ts';
import { selectRows } from './slices.ts';
import type { Resampling } from './statistics/bootstrap.ts';
import { Random } from './statistics/random.ts';
import { predictionsOf } from './tally.ts';

/** So many rows, times curves, are drawn each time; but of many classes not less than the least. */
const MOST_RANKED = 20_000;
const LEAST_RANKED = 2000;

/** A resampling of all rows, or of some that were drawn by chance. */
interface RankResampling extends Resampling {
  readonly rows: number;
}

/**
 * A metric of ranked rows: they are ranked once, and drawn by how often each counts. Of more than 20,000 rows (less with
 * many classes) so many are taken by chance. Of two models, the first less the second.
 */
export function resampleRanks(
  name: keyof Curves,
  rows: EvaluatedRows,
  sides: readonly Side[],
  seed: number,
): RankResampling {
  const curves = rankedClasses(rows).length;
  const most = Math.max(LEAST_RANKED, Math.floor(MOST_RANKED / curves));
  const part = rows.count <= most ? rows : selectRows(rows, someOf(rows.count, most, seed));
  const readers = sides.map((side) => readerOf(name, part, predictionsOf(part, side)));
  return {
    rows: part.count,
    counts: new Int32Array(part.count).fill(1),
    statistic: (counts) => readers.map((read) => read(counts)).reduce((first, second) => first - second),
  };
}

function readerOf(name: keyof Curves, rows: EvaluatedRows, predictions: Predictions): (counts: Int32Array) => number {
  const rankings = rankedClasses(rows).map((index) =>
    rankingOf(scoresOf(rows, predictions, index), isClass(rows, index)),
  );
  const counts = rankings.map(({ scores }) => new Int32Array(2 * scores));
  const metric = RANK_METRICS[name];
  return (weights) =>
    rankings.reduce((sum, ranking, at) => sum + metric(countScores(ranking, weights, counts[at] as Int32Array)), 0) /
    rankings.length;
}

/** `some` of `count` rows, ascending, each as likely as any (Knuth's selection sampling). */
function someOf(count: number, some: number, seed: number): Uint32Array {
  const random = new Random(seed);
  const picked = new Uint32Array(some);
  let taken = 0;
  for (let row = 0; taken < some; row++) {
    if (random.uniform() * (count - row) >= some - taken) continue;
    picked[taken] = row;
    taken++;
  }
  return picked;
}
