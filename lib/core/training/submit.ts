import type { TaskAnswer } from './events.ts';
import { readDocument, writeDocument } from './store.ts';
import type { Training } from './training.ts';
import type { TrainingWorld } from './world.ts';

/** Has the trainer's job run, unless it runs or has ended: a job that was lost, or paused, begins again. Gives what its runner calls it. */
export async function submitTraining(world: TrainingWorld, training: Training): Promise<string> {
  const { store, jobs, clock } = world;
  const there = await readDocument(store, training.training, 'submit');
  const status = there && (await jobs.status(there.job));
  if (there && status && status.state !== 'lost') return there.job;
  const job = await jobs.submit(training);
  const document = { at: new Date(clock()).toISOString(), job };
  return (await writeDocument(store, training.training, 'submit', document)).job;
}

/** The task of the workflow: nothing is submitted of which there is a result, or that somebody has stopped. */
export async function submitTask(world: TrainingWorld, training: Training): Promise<TaskAnswer> {
  const { training: id } = training;
  const [result, stop] = await Promise.all([
    readDocument(world.store, id, 'result'),
    readDocument(world.store, id, 'stop'),
  ]);
  if (!result && !stop) await submitTraining(world, training);
  return { training: id, next: 'wait', seconds: world.jobs.polling.least };
}
