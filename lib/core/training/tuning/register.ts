import { readDocument as read } from '../../documents.ts';
import { checkTask } from '../check.ts';
import { trialId } from '../keys.ts';
import { registerTraining } from '../register.ts';
import { documentOf, readTraining } from '../store.ts';
import type { Training } from '../training.ts';
import type { TrainingWorld } from '../world.ts';
import { type Decision, decisionKey } from './documents.ts';
import type { TuneAnswer } from './events.ts';
import { provenanceOf } from './provenance.ts';
import { readTable } from './table.ts';

/** The export check of the winner: it is one of a training like any other. Throws what that throws. */
export async function checkWinner(world: TrainingWorld, tuning: Training): Promise<TuneAnswer> {
  const { winner } = await winnerOf(world, tuning);
  await checkTask(world, winner);
  return { training: tuning.training, next: 'register' };
}

/** Makes the winner's model the next version, with the whole table in its manifest. */
export async function registerWinner(world: TrainingWorld, tuning: Training): Promise<TuneAnswer> {
  const { store } = world;
  const { training: id, model, options } = tuning;
  const { winner, reason } = await winnerOf(world, tuning);
  const { version } = await documentOf(store, id, 'register', async () => {
    const trials = await readTable(store, id);
    return { version: (await registerTraining(world, winner, provenanceOf(tuning, trials))).version };
  });
  if (options.release) return { training: id, next: 'release' };
  return { training: id, next: 'end', state: 'registered', reason: `${model}:${version} is registered. ${reason}` };
}

async function winnerOf(
  { store }: TrainingWorld,
  { training }: Training,
): Promise<{ readonly winner: Training; readonly reason: string }> {
  const decision = await read<Decision>(store, decisionKey(training));
  if (decision?.winner === undefined) throw new RangeError(`${training} is not decided`);
  return { winner: await readTraining(store, trialId(training, decision.winner)), reason: decision.reason };
}
