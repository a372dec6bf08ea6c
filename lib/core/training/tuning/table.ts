import { atMost } from '../../at-most.ts';
import type { ObjectStore } from '../../ports.ts';
import { trainingPrefix } from '../keys.ts';
import type { TrainingOptions, TuningOptions } from '../options.ts';
import { type Goal, isBetter } from './curve.ts';
import { parseNumbered, type TrialOutcome, type TrialPlan } from './documents.ts';
import { remembered } from './remember.ts';
import type { Hyperparameters } from './space.ts';

/** Documents that are read at once. */
const AT_ONCE = 16;

/** A trial as it stands. */
export interface Trial extends TrialPlan {
  /** @default - it is under way */
  readonly outcome?: TrialOutcome;
}

/** The options of a tuning, which every training of that kind has. */
export function tuningOf({ tuning }: TrainingOptions): TuningOptions {
  if (!tuning) throw new RangeError('it is no tuning');
  return tuning;
}

export const goalOf = ({ objective }: TuningOptions): Goal => objective.goal ?? 'maximize';

/** All trials that are begun, by their number. */
export async function readTable(store: ObjectStore, tuning: string): Promise<Trial[]> {
  const keys: string[] = [];
  for await (const { key } of store.list(trainingPrefix(tuning))) if (parseNumbered(tuning, key)) keys.push(key);
  const documents = await atMost(AT_ONCE, keys, (key) => remembered(store, key));
  const trials = new Map<number, Trial>();
  // In key order: `begun/…` comes before `trials/…`.
  for (const [index, key] of keys.entries()) {
    const { of, trial } = parseNumbered(tuning, key)!;
    if (of === 'begun') trials.set(trial, documents[index] as TrialPlan);
    else trials.set(trial, { ...(trials.get(trial) as TrialPlan), outcome: documents[index] as TrialOutcome });
  }
  return [...trials.values()].sort((a, b) => a.trial - b.trial);
}

/** Those that were trained to their end, the best first; of equals the first. */
export function ranked(trials: readonly Trial[], options: TuningOptions): Trial[] {
  const goal = goalOf(options);
  const valueOf = ({ outcome }: Trial): number => outcome?.objective ?? Number.NaN;
  return trials
    .filter(({ outcome }) => outcome?.state === 'trained')
    .toSorted(
      (a, b) => Number(isBetter(goal, valueOf(b), valueOf(a))) - Number(isBetter(goal, valueOf(a), valueOf(b))),
    );
}

/** `0.972222`: as many digits as anybody reads. */
export const shown = (value: number | undefined): string =>
  value === undefined ? '-' : String(Number(value.toPrecision(6)));

/** `C 0.31, penalty l2` */
export const inWords = (hyperparameters: Hyperparameters): string =>
  Object.entries(hyperparameters)
    .map(([name, value]) => `${name} ${typeof value === 'number' ? shown(value) : String(value)}`)
    .join(', ');
