import { atMost } from '../../at-most.ts';
import { OnnwardError } from '../../errors.ts';
import type { StopDocument } from '../documents.ts';
import { endTraining } from '../end.ts';
import { trialId } from '../keys.ts';
import { pauseTraining, stopTraining } from '../stop.ts';
import { readDocument, writeDocument } from '../store.ts';
import { progressOf } from '../trainings.ts';
import type { Training } from '../training.ts';
import type { TrainingWorld } from '../world.ts';
import type { TuneAnswer } from './events.ts';
import { readTable, type Trial } from './table.ts';
import { recordOutcome } from './trial.ts';

/** Whom a trial is stopped by. */
const ACTOR = 'tuning';
/** Trials that are stopped at once. */
const AT_ONCE = 8;

/** Tells a trial to stop, as often as it takes: it leaves what it has, and is looked at until it has ended. */
export async function stopTrial(world: TrainingWorld, trial: string, reason: string): Promise<void> {
  await stopTraining(world, trial, { actor: ACTOR, reason }).catch((error: unknown) => {
    if (!isOver(error)) throw error;
  });
}

/** It has ended in this very moment, or was never more than a plan. */
const isOver = (error: unknown): boolean =>
  error instanceof OnnwardError && (error.code === 'training.ended' || error.code === 'training.not_found');

/**
 * Ends a tuning for good, with all of its trials: the trainers have two minutes to leave what they have, and it counts for
 * nothing. Where it is killed it is done again. Throws `training.ended`.
 */
export async function stopTuning(
  world: TrainingWorld,
  tuning: Training,
  { actor, reason }: Pick<StopDocument, 'actor' | 'reason'>,
): Promise<StopDocument> {
  const { store, clock } = world;
  const { training: id } = tuning;
  if (await readDocument(store, id, 'end')) return stopTraining(world, id, { actor, reason });
  const stop = await writeDocument(store, id, 'stop', { at: new Date(clock()).toISOString(), actor, reason });
  await abandonTrials(world, id, stop.reason);
  await endTraining(world, tuning, { state: 'stopped', reason: `Stopped by ${stop.actor}: ${stop.reason}` });
  return stop;
}

/** Ends the jobs of all trials and no trial: whoever runs the workflow again goes on from their last checkpoints. */
export async function pauseTuning(world: TrainingWorld, { training }: Training): Promise<TuneAnswer> {
  const open = (await openTrials(world, training)).map(({ trial }) => trialId(training, trial));
  const begun = await Promise.all(open.map((id) => readDocument(world.store, id, 'request')));
  await atMost(
    AT_ONCE,
    begun.filter((trial) => trial !== undefined),
    (trial) => pauseTraining(world, trial.training),
  );
  return { training, next: 'nothing' };
}

/** Stops all trials that are under way, and waits for none of them. */
export async function abandonTrials(world: TrainingWorld, tuning: string, reason: string): Promise<void> {
  await atMost(AT_ONCE, await openTrials(world, tuning), (trial) => abandon(world, tuning, trial, reason));
}

const openTrials = async ({ store }: TrainingWorld, tuning: string): Promise<Trial[]> =>
  (await readTable(store, tuning)).filter(({ outcome }) => !outcome);

async function abandon(world: TrainingWorld, tuning: string, { trial }: Trial, reason: string): Promise<void> {
  const { store } = world;
  const id = trialId(tuning, trial);
  await stopTrial(world, id, reason);
  const training = await readDocument(store, id, 'request');
  if (training) await endTraining(world, training, { state: 'stopped', reason: `Stopped by ${ACTOR}: ${reason}` });
  const seconds = (await progressOf(store, id))?.seconds ?? 0;
  await recordOutcome(world, tuning, { trial, state: 'stopped', seconds, reason: `Stopped by ${ACTOR}: ${reason}` });
}
