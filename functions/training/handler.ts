import { named } from '#core/named-error.ts';
import { pauseTraining, stopTraining } from '#core/training/stop.ts';
import { readTraining } from '#core/training/store.ts';
import { runTask } from '#core/training/tasks.ts';
import { stopTuning } from '#core/training/tuning/stop.ts';
import { runTuneTask } from '#core/training/tuning/tasks.ts';
import type { TrainingWorld } from '#core/training/world.ts';
import { askedBy, type Command, isOfTuning } from './events.ts';
import { openWorld } from './world.ts';

let opened: Promise<TrainingWorld> | undefined;

/**
 * What the workflows and people call: `handler.handler`. What it throws is named by its code, as the workflow tells errors
 * by their names.
 */
export async function handler(event: unknown): Promise<object> {
  try {
    return await answer(await openOnce(), event);
  } catch (error) {
    throw named(error);
  }
}

/** What could not be opened is tried again by the next call. */
function openOnce(): Promise<TrainingWorld> {
  if (opened) return opened;
  const opening = openWorld(process.env);
  opening.catch(() => (opened = undefined));
  return (opened = opening);
}

async function answer(world: TrainingWorld, event: unknown): Promise<object> {
  const asked = askedBy(event);
  if (asked.task === 'stop') return stop(world, asked);
  if (asked.task === 'pause') return pauseTraining(world, asked.training);
  return isOfTuning(asked) ? runTuneTask(world, asked) : runTask(world, asked);
}

/** The trials of a tuning end with it. */
async function stop(world: TrainingWorld, { training: id, actor, reason }: Extract<Command, { task: 'stop' }>) {
  const training = await readTraining(world.store, id);
  if (training.kind === 'tune') return stopTuning(world, training, { actor, reason });
  return stopTraining(world, id, { actor, reason });
}
