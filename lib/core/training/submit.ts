import { encode } from '../documents.ts';
import type { TaskAnswer } from './events.ts';
import { documentKey } from './keys.ts';
import { readDocument } from './store.ts';
import type { Training } from './training.ts';
import type { TrainingWorld } from './world.ts';

/**
 * Has the trainer's job run: a runner gives the one that is under way, and begins again what was lost, or paused, or has
 * failed without a result. Gives what its runner calls it.
 */
export async function submitTraining(world: TrainingWorld, training: Training): Promise<string> {
  const { store, jobs, clock } = world;
  const there = await readDocument(store, training.training, 'submit');
  const job = await jobs.submit(training);
  // The one document that is written anew: the job that counts is the last one.
  if (job !== there?.job) {
    await store.put(documentKey(training.training, 'submit'), encode({ at: new Date(clock()).toISOString(), job }));
  }
  return job;
}

/** The task of the workflow: nothing is submitted of which there is a result, or that somebody has stopped. */
export async function submitTask(world: TrainingWorld, training: Training): Promise<TaskAnswer> {
  const { training: id } = training;
  const [result, stop] = await Promise.all([
    readDocument(world.store, id, 'result'),
    readDocument(world.store, id, 'stop'),
  ]);
  if (!result && !stop) {
    const job = await submitTraining(world, training);
    // Said while it was being submitted: whoever said it has found no job to stop.
    const late = await readDocument(world.store, id, 'stop');
    if (late) await world.jobs.stop(job, late.reason);
  }
  return { training: id, next: 'wait', seconds: world.jobs.polling.least };
}
