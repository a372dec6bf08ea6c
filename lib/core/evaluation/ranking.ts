/** The places of rows in the order of a score. */
export interface Ranking {
  /** By row: twice the place of its score (0 is the highest; rows of one score share it), and one more for a row of the class. */
  readonly slots: Uint32Array;
  /** Different scores. */
  readonly scores: number;
}

/** By score, the highest first: how many rows of it are not of the class, and how many are. */
export type ScoreCounts = Int32Array;

const INDEX_BITS = 2 ** 21;

/**
 * Ranks up to 2^21 rows. A 32-bit score and the row's index go into one double, which sorts natively: many times as fast as
 * sorting indices by comparing.
 */
export function rankingOf(scores: Float32Array, isHit: Uint8Array): Ranking {
  const ranks = descending(scores);
  const keys = Float64Array.from(ranks, (rank, row) => rank * INDEX_BITS + row).sort();
  const slots = new Uint32Array(scores.length);
  let [place, before] = [-1, -1];
  for (const key of keys) {
    const row = key % INDEX_BITS;
    const rank = ranks[row] as number;
    if (rank !== before) place++;
    before = rank;
    slots[row] = 2 * place + (isHit[row] as number);
  }
  return { slots, scores: place + 1 };
}

/** Whole numbers of 32 bits that ascend as the scores descend; -0 is 0. */
function descending(scores: Float32Array): Uint32Array {
  const ranks = new Uint32Array(scores.length);
  const bits = new Uint32Array(scores.buffer, scores.byteOffset, scores.length);
  for (let row = 0; row < ranks.length; row++) {
    const word = scores[row] === 0 ? 0 : (bits[row] as number);
    ranks[row] = word >= 0x80000000 ? word : 0x7fffffff - word;
  }
  return ranks;
}

/** Counts ranked rows into `counts`, each row as often as `weights` says. */
export function countScores({ slots }: Ranking, weights: Int32Array, counts: ScoreCounts): ScoreCounts {
  counts.fill(0);
  for (let row = 0; row < slots.length; row++) (counts[slots[row] as number] as number) += weights[row] as number;
  return counts;
}

/** The same of any number of rows, once each, without their places. */
export function sortedScores(scores: Float32Array, isHit: Uint8Array): ScoreCounts {
  const keys = Float64Array.from(descending(scores), (rank, row) => rank * 2 + (isHit[row] as number)).sort();
  const counts = new Int32Array(2 * keys.length);
  let [place, before] = [-1, -1];
  for (const key of keys) {
    const hit = key % 2;
    if (key - hit !== before) place++;
    before = key - hit;
    (counts[2 * place + hit] as number) += 1;
  }
  return counts.subarray(0, 2 * place + 2);
}

/** A metric of ranked rows; NaN where it cannot be had. */
export type RankMetric = (counts: ScoreCounts) => number;

/** The share of pairs of a row of the class and another in which the former scores higher; equal scores count half. */
export const areaUnderRoc: RankMetric = (counts) => {
  let [hits, misses, lost] = [0, 0, 0];
  for (let slot = 0; slot < counts.length; slot += 2) {
    const missesHere = counts[slot] as number;
    const hitsHere = counts[slot + 1] as number;
    lost += hitsHere * (misses + missesHere / 2);
    hits += hitsHere;
    misses += missesHere;
  }
  return 1 - lost / (hits * misses);
};

/** Sum over the scores of the recall gained there times the precision reached; 0 without a row of the class. */
export const averagePrecisionOf: RankMetric = (counts) => {
  let [hits, rows, area] = [0, 0, 0];
  for (let slot = 0; slot < counts.length; slot += 2) {
    const missesHere = counts[slot] as number;
    const hitsHere = counts[slot + 1] as number;
    hits += hitsHere;
    rows += hitsHere + missesHere;
    if (hitsHere > 0) area += (hitsHere * hits) / rows;
  }
  if (hits > 0) return area / hits;
  return rows > 0 ? 0 : Number.NaN;
};
