import { endTask, endTraining } from '../end.ts';
import { releaseTask } from '../register.ts';
import { readDocument, readTraining } from '../store.ts';
import type { Training } from '../training.ts';
import type { TrainingWorld } from '../world.ts';
import type { TuneAnswer, TuneEnd, TuneEvent } from './events.ts';
import { openTuning } from './open.ts';
import { checkWinner, registerWinner } from './register.ts';
import { stepTuning } from './step.ts';
import { abandonTrials, pauseTuning } from './stop.ts';

type Task = (world: TrainingWorld, tuning: Training) => Promise<TuneAnswer>;

const TASKS: Readonly<Record<Exclude<TuneEvent['task'], 'tune open' | 'tune end'>, Task>> = {
  'tune step': stepTuning,
  'tune check': checkWinner,
  'tune register': registerWinner,
  'tune release': release,
  'tune pause': pauseTuning,
};

/** Answers one state of the workflow of tunings. Every one may die anywhere and be done again: what it recorded stands. */
export async function runTuneTask(world: TrainingWorld, event: TuneEvent): Promise<TuneAnswer> {
  if (event.task === 'tune open') return openTuning(world, event.execution, event.input);
  const tuning = await readTraining(world.store, event.training);
  const end = await readDocument(world.store, event.training, 'end');
  if (end) return { training: event.training, next: 'ended', state: end.state };
  if (event.task === 'tune end') return endTuning(world, tuning, event.input);
  return TASKS[event.task](world, tuning);
}

/** As of any training that has made a version. */
async function release(world: TrainingWorld, tuning: Training): Promise<TuneAnswer> {
  const { state, reason } = await releaseTask(world, tuning);
  return { training: tuning.training, next: 'end', ...(state && { state }), ...(reason !== undefined && { reason }) };
}

/** A workflow that has failed leaves no trial behind that goes on. */
async function endTuning(world: TrainingWorld, tuning: Training, input: TuneEnd): Promise<TuneAnswer> {
  const { training: id } = tuning;
  const { state, reason, code } = input;
  await abandonTrials(world, id, reason ?? 'the tuning has failed');
  if (state !== undefined && state !== 'open' && code !== undefined) {
    await endTraining(world, tuning, { state, reason: reason ?? state, code });
  }
  const ended = await endTask(world, tuning, input);
  return { training: id, next: 'ended', ...(ended.state && { state: ended.state }) };
}
