import type { TuningOptions } from '../options.ts';

/** Of each round of successive halving one in so many goes on, with so many times as much. */
const ETA = 3;

/** Trials where nobody says how many. */
export const TRIALS = 20;

/** Trials at once where nobody says. */
export const PARALLEL = 2;

/** Trials that are alike in how much they get. */
export interface Round {
  readonly trials: number;
  /** @default - there is no such thing: the search is random */
  readonly resource?: number;
}

/**
 * The rounds of a tuning that begins with `trials`. Random search has one. In successive halving the best third goes on with
 * three times as much, until the most is reached; who is left alone gets the most at once.
 */
export function roundsOf(
  { strategy, resource }: Pick<TuningOptions, 'strategy' | 'resource'>,
  trials: number,
): Round[] {
  if (strategy !== 'halving' || !resource) return [{ trials }];
  const { from, to } = resource;
  const rounds: Round[] = [];
  for (
    let left = trials, amount = from;
    ;
    left = Math.max(1, Math.floor(left / ETA)), amount = Math.min(to, amount * ETA)
  ) {
    const given = left === 1 ? to : amount;
    rounds.push({ trials: left, resource: given });
    if (given === to) return rounds;
  }
}
