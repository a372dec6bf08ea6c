import { clopperPearson, type Share } from '../../evaluation/statistics/proportions.ts';

/**
 * Whether one true share is over another one by more than `margin`, for sure: wrong with a chance of `level` at most, however
 * few there are. By the exact interval of each (Clopper and Pearson 1934), of which each end takes half of it: a score
 * interval is too short in its far tails, and would call the first request that fails harm.
 */
export const isSurelyOver = (one: Share, other: Share, margin: number, level: number): boolean =>
  clopperPearson(one, level).low - clopperPearson(other, level).high > margin;
