import { binomialCdf } from './beta.ts';

/** Rows on which just one of two models is right. */
export interface Discordance {
  /** The challenger is right, the champion is not. */
  readonly gained: number;
  /** The champion is right, the challenger is not. */
  readonly lost: number;
}

/** p-values: the first two of "they differ", the other two of "the challenger is right more often". */
export interface McNemar {
  readonly exact: number;
  readonly midP: number;
  readonly betterExact: number;
  readonly betterMidP: number;
}

/**
 * McNemar's test in its exact form: of the rows on which just one is right, as many should be either's. `midP` counts
 * what was seen by half, which makes it less timid (Fagerland, Lydersen and Laake 2013, BMC Med Res Methodol 13:91).
 * With no such rows nothing speaks for a difference.
 */
export function mcnemar({ gained, lost }: Discordance): McNemar {
  const n = gained + lost;
  if (n === 0) return { exact: 1, midP: 1, betterExact: 1, betterMidP: 0.5 };
  const atMost = (k: number) => binomialCdf(k, n, 0.5);
  const seen = (k: number) => atMost(k) - atMost(k - 1);
  const fewer = Math.min(gained, lost);
  return {
    exact: Math.min(1, 2 * atMost(fewer)),
    midP: Math.min(1, 2 * atMost(fewer) - seen(fewer)),
    betterExact: atMost(lost),
    betterMidP: atMost(lost) - seen(lost) / 2,
  };
}
