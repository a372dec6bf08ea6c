/** Held-out rows as chance would give them to two versions whose true worth is known. */
import type { EvaluatedRows, Predictions, SliceColumn } from '#core/evaluation/rows.ts';
import type { Random } from '#core/evaluation/statistics/random.ts';
import type { Evidence, ModelReport } from '#core/release/evaluation/report.ts';

/** Shares of the rows that only the challenger, or only the champion, is right about; the rest has `accuracy` of both. */
export interface Pair {
  readonly gained: number;
  readonly lost: number;
}

/** Two versions of which the challenger is better by `difference`, with as much discordance as asked, or as that needs. */
export const pairOf = (difference: number, discordance: number): Pair => {
  const all = Math.max(discordance, Math.abs(difference));
  return { gained: (all + difference) / 2, lost: (all - difference) / 2 };
};

/** Share of the rows on which both are wrong. */
const BOTH_WRONG = 0.02;

/** Rows of two classes by turns. */
export function pairedRows(random: Random, count: number, pairs: readonly Pair[], shares: readonly number[] = [1]) {
  const truth = Int32Array.from({ length: count }, (_, row) => row % 2);
  const [challenger, champion] = [Int32Array.from(truth), Int32Array.from(truth)];
  const of = Uint16Array.from({ length: count }, () => pick(random, shares));
  for (let row = 0; row < count; row++) {
    const { gained, lost } = pairs[of[row]!]!;
    const at = random.uniform();
    if (at < gained || at >= 1 - BOTH_WRONG) champion[row]! ^= 1;
    if ((at >= gained && at < gained + lost) || at >= 1 - BOTH_WRONG) challenger[row]! ^= 1;
  }
  const group: SliceColumn = { values: pairs.map((_, index) => String(index)), of };
  return classified(['no', 'yes'], truth, { predicted: challenger }, { predicted: champion }, { group });
}

const classified = (
  classes: readonly string[],
  truth: Int32Array,
  challenger: Predictions,
  champion: Predictions,
  slices: EvaluatedRows['slices'],
): EvaluatedRows => ({ task: 'classification', count: truth.length, classes, truth, challenger, champion, slices });

/** Which of the shares, that are 1 together, chance falls on. */
export function pick(random: Random, shares: readonly number[]): number {
  let at = random.uniform();
  return Math.max(
    0,
    Math.min(
      shares.length - 1,
      shares.findIndex((share) => (at -= share) < 0),
    ),
  );
}

/** Three classes of unequal size; each version finds a class with its own chance, and else says any other one. */
export const CLASS_SHARES = [0.6, 0.3, 0.1] as const;

/** How often the challenger says just what the champion says. */
const COPIED = 0.6;

/** The chance of the challenger's own answers to be right is `own`, the champion's is `right`. */
export function unevenRows(
  random: Random,
  count: number,
  { right, own }: { right: number; own: number },
): EvaluatedRows {
  const truth = Int32Array.from({ length: count }, () => pick(random, CLASS_SHARES));
  const answer = (of: number, chance: number) =>
    random.uniform() < chance ? of : (of + 1 + random.below(CLASS_SHARES.length - 1)) % CLASS_SHARES.length;
  const champion = truth.map((of) => answer(of, right));
  const challenger = truth.map((of, row) => (random.uniform() < COPIED ? champion[row]! : answer(of, own)));
  return classified(['a', 'b', 'c'], truth, { predicted: challenger }, { predicted: champion }, {});
}

/** The macro F1 that such a version has of infinitely many rows; a copied answer is right with the champion's chance. */
export function trueF1({ right, own }: { right: number; own: number }): number {
  const chance = COPIED * right + (1 - COPIED) * own;
  const wrong = (1 - chance) / (CLASS_SHARES.length - 1);
  const of = CLASS_SHARES.map((share) => (2 * share * chance) / (share + share * chance + (1 - share) * wrong));
  return of.reduce((sum, f1) => sum + f1, 0) / of.length;
}

/** How much of an error both versions share. */
const COMMON = 0.8;

/** Targets whose errors are normal; the champion's have a standard deviation, and so an RMSE, of 1. */
export function regressionRows(random: Random, count: number, challengerRmse: number): EvaluatedRows {
  const champion = Float64Array.from({ length: count }, () => normal(random));
  const challenger = champion.map(
    (common) => challengerRmse * (COMMON * common + Math.sqrt(1 - COMMON ** 2) * normal(random)),
  );
  const truth = new Float64Array(count);
  return {
    task: 'regression',
    count,
    classes: [],
    truth,
    challenger: { predicted: challenger },
    champion: { predicted: champion },
    slices: {},
  };
}

/** Errors of both versions by themselves, exponential: the champion's mean is 1. */
export function skewedRows(random: Random, count: number, challengerMean: number): EvaluatedRows {
  const [challenger, champion] = [latencies(random, count, challengerMean), latencies(random, count, 1)];
  return {
    task: 'regression',
    count,
    classes: [],
    truth: new Float64Array(count),
    challenger: { predicted: Float64Array.from(challenger) },
    champion: { predicted: Float64Array.from(champion) },
    slices: {},
  };
}

/** So many rows of each group, of which the challenger gives these shares to the positive class. */
export function groupedRows(random: Random, each: number, shares: readonly number[]): EvaluatedRows {
  const of = Uint16Array.from({ length: each * shares.length }, (_, row) => Math.floor(row / each));
  const predicted = Int32Array.from(of, (group) => (random.uniform() < shares[group]! ? 1 : 0));
  const group: SliceColumn = { values: shares.map((_, index) => String(index)), of };
  const truth = new Int32Array(of.length).fill(1);
  return { ...classified(['no', 'yes'], truth, { predicted }, { predicted }, { group }), positive: 1 };
}

/** Box and Muller 1958. */
const normal = (random: Random): number =>
  Math.sqrt(-2 * Math.log(1 - random.uniform())) * Math.cos(2 * Math.PI * random.uniform());

/** Milliseconds with a long tail: the 99th percentile is 4.6 times the mean. */
export const latencies = (random: Random, count: number, mean: number): number[] =>
  Array.from({ length: count }, () => -mean * Math.log(1 - random.uniform()));

const model = (version: number, ms: readonly number[] = []): ModelReport => ({
  version,
  metrics: {},
  latencies: ms,
  size: 1,
});

/** What an evaluation says of the rows, as far as gates look at it. */
export function evidenceOf(rows: EvaluatedRows, measured: Partial<Record<'challenger' | 'champion', number[]>> = {}) {
  return {
    rows,
    report: {
      format: 1,
      data: { store: '', key: '', size: 0, version: '', format: 'csv' },
      task: rows.task,
      classes: rows.classes,
      challenger: model(2, measured.challenger),
      champion: model(1, measured.champion),
      slices: [],
      quality: { rows: rows.count, bad: 0, reasons: {}, duplicates: 0, missing: {}, classes: {} },
    },
  } satisfies Evidence;
}
