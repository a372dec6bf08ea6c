import { named } from '#core/named-error.ts';
import { pauseTraining, stopTraining } from '#core/training/stop.ts';
import { runTask } from '#core/training/tasks.ts';
import { isTuneEvent } from '#core/training/tuning/events.ts';
import { runTuneTask } from '#core/training/tuning/tasks.ts';
import type { TrainingWorld } from '#core/training/world.ts';
import { askedBy } from './events.ts';
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
  if (asked.task === 'stop') return stopTraining(world, asked.training, asked);
  if (asked.task === 'pause') return pauseTraining(world, asked.training);
  return isTuneEvent(asked) ? runTuneTask(world, asked) : runTask(world, asked);
}
