import { atMost } from '../../at-most.ts';
import { invalid, type OnnwardError } from '../../errors.ts';
import { checkName } from '../../model/reference.ts';
import { trialId } from '../keys.ts';
import { openTraining } from '../open.ts';
import { readDocument, readTraining } from '../store.ts';
import { submitTraining } from '../submit.ts';
import type { TrainingWorld } from '../world.ts';
import type { TuneAnswer, TuneRequest } from './events.ts';
import { readTable } from './table.ts';

/** Trials that are gone on with, at once. */
const AT_ONCE = 8;

/**
 * Begins a tuning, or goes on with the one that is open: its trials that were paused, or whose host is gone, run again.
 * Throws `tuning.not_configured`, `training.under_way` where a training of the model is open, or a tuning with other
 * options, `training.request`, and what the options are refused for.
 */
export async function openTuning(world: TrainingWorld, execution: string, input: TuneRequest): Promise<TuneAnswer> {
  const training = 'training' in input ? await goOn(world, input.training) : await begin(world, execution, input);
  if (await readDocument(world.store, training, 'end')) return { training, next: 'nothing' };
  const open = (await readTable(world.store, training)).filter(({ outcome }) => !outcome);
  await atMost(AT_ONCE, open, ({ trial }) => resume(world, trialId(training, trial)));
  return { training, next: 'step' };
}

async function goOn({ store }: TrainingWorld, id: string): Promise<string> {
  const { training, kind } = await readTraining(store, id);
  if (kind === 'tune') return training;
  throw invalid('training.request', `${id} is no tuning.`, {
    fix: kind === 'trial' ? 'Go on with the tuning that it is part of.' : `Run \`onnward train --resume ${id}\`.`,
    fields: { training: id, kind },
  });
}

async function begin(
  world: TrainingWorld,
  execution: string,
  input: Exclude<TuneRequest, { readonly training: string }>,
): Promise<string> {
  const { model, options } = input;
  // What names no model is refused below.
  const tuning = options?.tuning ?? (typeof model === 'string' ? world.optionsOf(checkName(model)).tuning : undefined);
  if (!tuning && typeof model === 'string') throw notConfigured(model);
  const { training } = await openTraining(world, execution, { ...input, kind: 'tune' });
  return training;
}

/** What was never submitted is by the next step. */
async function resume(world: TrainingWorld, id: string): Promise<void> {
  const [training, submitted, result, stop] = await Promise.all([
    readDocument(world.store, id, 'request'),
    readDocument(world.store, id, 'submit'),
    readDocument(world.store, id, 'result'),
    readDocument(world.store, id, 'stop'),
  ]);
  if (training && submitted && !result && !stop) await submitTraining(world, training);
}

const notConfigured = (model: string): OnnwardError =>
  invalid('tuning.not_configured', `Nothing says what is to be tried for ${model}.`, {
    fix: `Add tuning: { parameters: { learning_rate: { from: 0.001, to: 0.1, scale: 'log' } }, objective: { metric: 'accuracy' } } to models.${model}.training of onnward.config.ts.`,
    fields: { model },
  });
