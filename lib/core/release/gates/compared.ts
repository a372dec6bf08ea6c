import type { EvaluatedRows } from '../../evaluation/rows.ts';
import { pairedDifference } from '../../evaluation/paired-difference.ts';
import { type Bounds, bothSides, boundsOf, gainOf, unbounded } from './bounds.ts';
import { shown } from './sentences.ts';

/** Champion and challenger on the same rows. */
export interface Compared {
  readonly metric: string;
  /** Challenger and champion, side by side, in words. */
  readonly words: string;
  readonly numbers: Readonly<Record<string, number | string | null>>;
  readonly rows: number;
  /** How much better the challenger is; undefined where these rows cannot tell. */
  readonly gain: (Bounds & { readonly value: number }) | undefined;
}

/**
 * Accuracy has Tango's score interval for paired shares (Statistics in Medicine 17:891, 1998), others a bootstrap that draws
 * rows, each with what both said of it.
 */
export function compare(metric: string, rows: EvaluatedRows, alpha: number): Compared {
  const found = pairedDifference(metric, rows, bothSides(alpha));
  const { challenger, champion, difference, method } = found;
  const bounds = boundsOf(metric, difference, found, alpha);
  const both = { challenger, champion, difference, low: bounds?.low ?? null, high: bounds?.high ?? null };
  const compared = { metric, numbers: { ...both, alpha, rows: found.rows, method }, rows: found.rows };
  if (challenger === null || champion === null || difference === null || !bounds) {
    return { ...compared, words: unbounded(`The difference of ${metric}`, metric, found.rows, alpha), gain: undefined };
  }
  const value = gainOf(metric, { low: difference, high: difference }).low;
  const words = `${metric} ${shown(challenger)}, the champion's ${shown(champion)}`;
  return { ...compared, words, gain: { ...gainOf(metric, bounds), value } };
}

/**
 * Rows that would decide between more and less than `limit`, where the gain stays as it is; bounds come nearer with the
 * square root of the rows. Undefined where none would: the gain is the limit.
 */
export function rowsToDecide({ value, low, high }: Bounds & { readonly value: number }, limit: number, rows: number) {
  const away = value - limit;
  const doubt = away > 0 ? value - low : high - value;
  return away === 0 ? undefined : Math.ceil(rows * (doubt / away) ** 2);
}
