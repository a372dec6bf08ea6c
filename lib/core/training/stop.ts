import { OnnwardError } from '../errors.ts';
import type { StopDocument } from './documents.ts';
import { endTraining } from './end.ts';
import { readDocument, readTraining, writeDocument } from './store.ts';
import type { TrainingWorld } from './world.ts';

/**
 * Ends a training: the trainer has two minutes to leave what it has. Said first and done then, so that whoever is killed in
 * between does it again. Where nothing of it runs, it has ended with this. Throws `training.ended`, `training.not_found`.
 */
export async function stopTraining(
  world: TrainingWorld,
  id: string,
  { actor, reason }: Pick<StopDocument, 'actor' | 'reason'>,
): Promise<StopDocument> {
  const { store, jobs } = world;
  const training = await readTraining(store, id);
  const end = await readDocument(store, id, 'end');
  if (end) throw ended(id, end.state);
  const stop = await tellToStop(world, id, { actor, reason });
  const submitted = await readDocument(store, id, 'submit');
  const status = submitted && (await jobs.status(submitted.job));
  const runs = status?.state === 'waiting' || status?.state === 'running';
  if (!runs && !(await readDocument(store, id, 'result'))) {
    await endTraining(world, training, { state: 'stopped', reason: `Stopped by ${stop.actor}: ${stop.reason}` });
  }
  return stop;
}

/** Says that it is to end, and ends its job, where there is one by now; whoever looks at it ends one that comes later. */
export async function tellToStop(
  { store, jobs, clock }: TrainingWorld,
  id: string,
  { actor, reason }: Pick<StopDocument, 'actor' | 'reason'>,
): Promise<StopDocument> {
  const stop = await writeDocument(store, id, 'stop', { at: new Date(clock()).toISOString(), actor, reason });
  const submitted = await readDocument(store, id, 'submit');
  if (submitted) await jobs.stop(submitted.job, stop.reason);
  return stop;
}

/** Ends its job and not the training: whoever runs the workflow again goes on from the last checkpoint. Throws `training.not_found`. */
export async function pauseTraining({ store, jobs }: TrainingWorld, id: string): Promise<object> {
  const { training } = await readTraining(store, id);
  const submitted = await readDocument(store, training, 'submit');
  if (submitted) await jobs.stop(submitted.job, 'it is paused');
  return { training };
}

const ended = (training: string, state: string): OnnwardError =>
  new OnnwardError(`${training} has ended: it is ${state}.`, {
    code: 'training.ended',
    kind: 'conflict',
    fix: `Run \`onnward trainings ${training}\` to see what came of it.`,
    fields: { training, state },
  });
