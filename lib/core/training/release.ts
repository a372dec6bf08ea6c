import { liveEvaluation } from '../monitoring/act/live-evaluation.ts';
import type { Training } from './training.ts';
import type { TrainingWorld } from './world.ts';

/** Has a version released that a training has made; one that was made for an alarm is judged on the rows that came live. */
export async function releaseTrained(world: TrainingWorld, training: Training, version: number): Promise<void> {
  const { model, action } = training;
  const evaluation =
    action === undefined ? undefined : await liveEvaluation(world.store, model, world.releaseOptionsOf(model));
  await world.release(training, version, evaluation ? { evaluation } : {});
}
