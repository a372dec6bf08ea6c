import { runTuning, type TuningRun } from '#adapters/local/workflow/tuning.ts';
import type { LocalFunction } from '#adapters/local/workflow/functions.ts';
import { OnnwardError } from '#core/errors.ts';
import type { TuneRequest } from '#core/training/tuning/events.ts';
import { functionFailure } from './function-failure.ts';
import { say } from './output.ts';
import type { Workplace } from './registry.ts';
import { untilStopped } from './signals.ts';
import { openTrainingFunction } from './training-function.ts';
import { followTuning } from './tune-follow.ts';
import type { TuneRunOptions } from './tune-place.ts';

/** How long a state that is under way may go on after a Ctrl-C, ms: what it has not recorded is done again. */
const GRACE_MS = 5_000;

/** Runs the workflow on this machine, and tells the person who waits how it goes. */
export async function runTuningHere(
  workplace: Workplace,
  request: TuneRequest,
  { json }: TuneRunOptions,
): Promise<string> {
  const trainings = await openTrainingFunction(workplace);
  const stop = new AbortController();
  const told = new AbortController();
  void untilStopped(() => {
    say('Stopping: the trials are told to leave what they have. Once more ends it at once.');
    stop.abort();
  });
  let following = Promise.resolve();
  const onOpen = (tuning: string): void => {
    if (!json) following = followTuning(workplace.store, tuning, told.signal);
  };
  try {
    return await tuningOf(trainings, await runTuning(trainings, request, { signal: stop.signal, onOpen }));
  } finally {
    told.abort();
    await following;
    await trainings.close(GRACE_MS);
  }
}

async function tuningOf(trainings: LocalFunction, { outcome, opened, failure }: TuningRun): Promise<string> {
  const training = opened?.training;
  if (outcome.status === 'ABORTED') {
    if (training !== undefined) await trainings.invoke({ task: 'tune pause', training });
    throw interrupted(training);
  }
  // How the tuning ended is in its documents; any other name is that of an error.
  const isBroken = outcome.status === 'FAILED' && !outcome.error.startsWith('Onnward.');
  if (training !== undefined && !isBroken) return training;
  throw functionFailure(failure ?? outcome, {
    code: 'training.failed',
    what: `${training ?? 'The tuning'} could not be run`,
    fix: 'Run it again: what is recorded stands. With ONNWARD_DEBUG=1 you see what its processes print.',
    fields: { training },
  });
}

const interrupted = (training: string | undefined): OnnwardError =>
  new OnnwardError(`You stopped it, and ${training ?? 'the tuning'} is open: what its trials have come to is kept.`, {
    code: 'training.interrupted',
    kind: 'unavailable',
    fix:
      training === undefined
        ? 'Run it again.'
        : `Run \`onnward tune ${training}\` to go on from there, or \`onnward trainings stop ${training}\` to end it.`,
    fields: { training },
  });
