import { invalid } from '../errors.ts';
import { checkTask } from './check.ts';
import { endTask, overTask } from './end.ts';
import type { TaskAnswer, TaskEvent, TrainingRequest } from './events.ts';
import { lookTask } from './look.ts';
import { openTraining } from './open.ts';
import { registerTask, releaseTask } from './register.ts';
import { readTraining } from './store.ts';
import { submitTask } from './submit.ts';
import type { Training } from './training.ts';
import type { TrainingWorld } from './world.ts';

type Task = (world: TrainingWorld, training: Training) => Promise<TaskAnswer>;

const TASKS: Readonly<Record<Exclude<TaskEvent['task'], 'open' | 'end'>, Task>> = {
  submit: submitTask,
  look: lookTask,
  check: checkTask,
  register: registerTask,
  release: releaseTask,
};

/** Answers one state of the workflow. Every one may die anywhere and be done again: what it recorded stands. */
export async function runTask(world: TrainingWorld, event: TaskEvent): Promise<TaskAnswer> {
  if (event.task === 'open') return openTraining(world, event.execution, notTuning(event.input));
  const training = await readTraining(world.store, event.training);
  if (event.task === 'end') return endTask(world, training, event.input);
  const over = await overTask(world, training);
  if (over) return over;
  return TASKS[event.task](world, training);
}

/** Tunings have a workflow of their own. */
function notTuning(input: TrainingRequest): TrainingRequest {
  if (!('kind' in input) || input.kind !== 'tune') return input;
  throw invalid('training.request', 'This workflow trains; a tuning is begun by `onnward tune`.');
}
