import { runTraining, type TrainingRun } from '#adapters/local/workflow/training.ts';
import type { LocalFunction } from '#adapters/local/workflow/functions.ts';
import { OnnwardError } from '#core/errors.ts';
import type { GoOn, NewTraining } from '#core/training/events.ts';
import { functionFailure } from './function-failure.ts';
import { say } from './output.ts';
import type { Workplace } from './registry.ts';
import { untilStopped } from './signals.ts';
import { followTraining } from './training-follow.ts';
import { openTrainingFunction } from './training-function.ts';
import type { TrainingAsk, TrainingRunOptions } from './training-place.ts';

/** How long a state that is under way may go on after a Ctrl-C, ms: what it has not recorded is done again. */
const GRACE_MS = 5_000;

/** Runs the workflow on this machine, and tells the person who waits how it goes. */
export async function runTrainingHere(
  workplace: Workplace,
  request: NewTraining | GoOn,
  { json }: TrainingRunOptions,
): Promise<readonly string[]> {
  const trainings = await openTrainingFunction(workplace);
  const stop = new AbortController();
  const told = new AbortController();
  void untilStopped(() => {
    say('Stopping: the trainer is told to leave what it has. Once more ends it at once.');
    stop.abort();
  });
  const opened: string[] = [];
  let following = Promise.resolve();
  const onOpen = (training: string): void => {
    opened.push(training);
    if (!json) following = following.then(() => followTraining(workplace.store, training, told.signal));
  };
  try {
    const run = await runTraining(trainings, request, { signal: stop.signal, onOpen });
    return await openedBy(trainings, run, opened);
  } finally {
    told.abort();
    await following;
    await trainings.close(GRACE_MS);
  }
}

/** Has the function answer one event. */
export async function askTrainingHere(workplace: Workplace, event: TrainingAsk): Promise<unknown> {
  const trainings = await openTrainingFunction(workplace);
  try {
    return await trainings.invoke(event);
  } catch (error) {
    throw failed(error, event.training);
  } finally {
    await trainings.close(GRACE_MS);
  }
}

async function openedBy(
  trainings: LocalFunction,
  { outcome, failure }: TrainingRun,
  opened: readonly string[],
): Promise<readonly string[]> {
  const training = opened.at(-1);
  if (outcome.status === 'ABORTED') {
    if (training !== undefined) await trainings.invoke({ task: 'pause', training });
    throw interrupted(training);
  }
  // How the training ended is in its documents; any other name is that of an error.
  const isBroken = outcome.status === 'FAILED' && !outcome.error.startsWith('Onnward.');
  if (!isBroken) return opened;
  throw failed(failure ?? outcome, training);
}

const interrupted = (training: string | undefined): OnnwardError =>
  new OnnwardError(`You stopped it, and ${training ?? 'the training'} is open: its last checkpoint is kept.`, {
    code: 'training.interrupted',
    kind: 'unavailable',
    fix:
      training === undefined
        ? 'Run it again.'
        : `Run the same command again to go on from there, or \`onnward trainings stop ${training}\` to end it.`,
    fields: { training },
  });

const failed = (error: unknown, training: string | undefined): OnnwardError =>
  functionFailure(error, {
    code: 'training.failed',
    what: `${training ?? 'The training'} could not be run`,
    fix: 'Run it again: what is recorded stands. With ONNWARD_DEBUG=1 you see what its processes print.',
    fields: { training },
  });
