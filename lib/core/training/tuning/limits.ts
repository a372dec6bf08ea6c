import { secondsOf } from '../../duration.ts';
import type { TrainingOptions } from '../options.ts';
import type { Trial } from './table.ts';
import type { Running } from './trial.ts';

/** Where nobody says how long. */
const TIME_LIMIT = '24h';
/** Seconds that a trial is given at the least: AWS Batch takes no less. Source: the AWS Batch user guide, "Job timeouts". */
const LEAST_SECONDS = 60;

/** What is left of the limits of a tuning for the trials that are to come. */
export interface Left {
  /** Whole seconds. */
  readonly seconds: number;
  /** USD. @default - there is no budget */
  readonly dollars?: number;
}

/** What all trials have taken together. */
interface Spent {
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

export function leftOf({ timeLimit = TIME_LIMIT, budget }: TrainingOptions, spent: Spent): Left {
  const seconds = Math.max(LEAST_SECONDS, Math.ceil(secondsOf(timeLimit) - spent.seconds));
  return { seconds, ...(budget !== undefined && { dollars: Math.max(0.01, budget - spent.dollars) }) };
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
