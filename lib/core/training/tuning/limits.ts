import { secondsOf } from '../../duration.ts';
import type { TrainingOptions } from '../options.ts';
import type { TrialPlan } from './documents.ts';
import type { Trial } from './table.ts';
import type { Running } from './trial.ts';

/** Where nobody says how long. */
const TIME_LIMIT = '24h';
/** Seconds that a trial is given at the least: AWS Batch takes no less. Source: the AWS Batch user guide, "Job timeouts". */
const LEAST_SECONDS = 60;

/** What all trials have taken together. */
export interface Spent {
  readonly seconds: number;
  readonly dollars: number;
}

export function spentOn(trials: readonly Trial[], running: readonly Running[] = []): Spent {
  const all = [...trials.flatMap(({ outcome }) => (outcome ? [outcome] : [])), ...running.map(({ look }) => look)];
  return {
    seconds: all.reduce((sum, { seconds = 0 }) => sum + seconds, 0),
    dollars: all.reduce((sum, { dollars = 0 }) => sum + dollars, 0),
  };
}

/** What is left of the limits of a tuning for a trial that is begun now. */
export function leftOf(
  { timeLimit = TIME_LIMIT, budget }: TrainingOptions,
  spent: Spent,
): Pick<TrialPlan, 'timeLimit' | 'budget'> {
  const seconds = Math.max(LEAST_SECONDS, Math.ceil(secondsOf(timeLimit) - spent.seconds));
  return { timeLimit: `${seconds}s`, ...(budget !== undefined && { budget: budget - spent.dollars }) };
}

/** The limit that is passed, as a sentence. */
export function passed({ timeLimit = TIME_LIMIT, budget }: TrainingOptions, spent: Spent): string | undefined {
  if (spent.seconds > secondsOf(timeLimit)) {
    return `Its trials have run for ${Math.round(spent.seconds)} seconds together, and its time limit is ${timeLimit}.`;
  }
  if (budget !== undefined && spent.dollars > budget) {
    return `The machines of its trials have cost ${spent.dollars.toFixed(2)} USD, and its budget is ${budget}.`;
  }
  return undefined;
}
