import type { Training } from '../training.ts';
import type { TrainingWorld } from '../world.ts';
import { type Curve, isBehind } from './curve.ts';
import { stopTrial } from './stop.ts';
import { goalOf, type Trial, tuningOf } from './table.ts';
import type { Running } from './trial.ts';

/** Trials of a round that are never stopped. */
const FIRST = 3;

/** Stops the trials that are behind half of the others of their round, and once more those that were told to before. */
export async function stopBehind(
  world: TrainingWorld,
  tuning: Training,
  trials: readonly Trial[],
  running: readonly Running[],
): Promise<void> {
  const options = tuningOf(tuning.options);
  const { earlyStopping = true, objective } = options;
  for (const each of running) {
    const { trial, training, curve, isStopping } = each;
    const isAsked = earlyStopping && !isOfTheFirst(trial, trials);
    const isLate = isAsked && curve && isBehind(curve, othersOf(trial, trials, running), goalOf(options));
    const reason = `it is behind half of the others after ${(curve?.last ?? 0) + 1} values of ${objective.metric}`;
    if (isStopping || isLate) await stopTrial(world, training, reason);
  }
}

const isOfTheFirst = ({ trial, round }: Trial, trials: readonly Trial[]): boolean =>
  trials.filter((other) => other.round === round && other.trial < trial).length < FIRST;

/** How it went for the others of its round, whatever came of them but a failure. */
function othersOf({ trial, round }: Trial, trials: readonly Trial[], running: readonly Running[]): Curve[] {
  const under = new Map(running.map((each) => [each.trial.trial, each.curve]));
  return trials
    .filter((other) => other.round === round && other.trial !== trial && other.outcome?.state !== 'failed')
    .map((other) => other.outcome?.curve ?? under.get(other.trial))
    .filter((curve) => curve !== undefined);
}
