import type { TuningOptions } from '../options.ts';
import type { PlannedTrial } from './documents.ts';
import { roundsOf, TRIALS } from './rounds.ts';
import { drawTrials } from './space.ts';
import { ranked, type Trial } from './table.ts';

/**
 * The trials that may be begun now, in their order. They follow from the options and from what came of the trials until
 * now, and from nothing else: whoever goes on with a tuning goes on with the same ones. A round begins once all of the one
 * before have ended; where nothing may be begun and nothing is under way, all is tried.
 */
export function planOf(options: TuningOptions, trials: readonly Trial[]): PlannedTrial[] {
  const drawn = drawTrials(options, options.trials ?? TRIALS);
  const rounds = roundsOf(options, drawn.length);
  let planned: PlannedTrial[] = drawn.map((hyperparameters, index) => ({
    trial: index + 1,
    round: 0,
    hyperparameters,
  }));
  for (const [number, { resource }] of rounds.entries()) {
    planned = planned.map((plan) => withResource(plan, options, resource));
    const begun = trials.filter(({ round }) => round === number);
    if (begun.length < planned.length) return planned.slice(begun.length);
    if (begun.some(({ outcome }) => !outcome)) return [];
    planned = promoted(ranked(begun, options).slice(0, rounds[number + 1]?.trials ?? 0), begun.at(-1)?.trial ?? 0);
  }
  return [];
}

/** Those that go on, anew and with more: their numbers follow those of all before. */
const promoted = (best: readonly Trial[], last: number): PlannedTrial[] =>
  best.map(({ trial, round, hyperparameters }, index) => ({
    trial: last + 1 + index,
    round: round + 1,
    hyperparameters,
    of: trial,
  }));

function withResource(plan: PlannedTrial, { resource }: TuningOptions, amount: number | undefined): PlannedTrial {
  if (!resource || amount === undefined) return plan;
  return { ...plan, hyperparameters: { ...plan.hyperparameters, [resource.parameter]: amount } };
}

/** How many different trials there are to begin with, where that is fewer than were asked for. */
export function fewerThanAsked(options: TuningOptions): number | undefined {
  const asked = options.trials ?? TRIALS;
  const { length } = drawTrials(options, asked);
  return length < asked ? length : undefined;
}
