import type { Training } from '#core/training/training.ts';
import { isBetter } from '#core/training/tuning/curve.ts';
import { PARALLEL, roundsOf, TRIALS } from '#core/training/tuning/rounds.ts';
import { goalOf, inWords, shown, type Trial, tuningOf } from '#core/training/tuning/table.ts';
import { formatSeconds } from './batch-progress.ts';
import { styleError } from './output.ts';
import { counted, line } from './release-words.ts';

/** `iris-t3  tunes iris: the most of accuracy, 20 trials, 2 at once, seed 0` */
export function beginning({ training, model, options }: Training): string {
  const tuning = tuningOf(options);
  const { objective, trials = TRIALS, parallel = PARALLEL, seed = 0 } = tuning;
  const rounds = roundsOf(tuning, trials).length;
  const how = [
    `the ${goalOf(tuning) === 'maximize' ? 'most' : 'least'} of ${objective.metric}`,
    counted(trials, 'trial', 'trials') + (rounds > 1 ? ` in the first of ${rounds} rounds` : ''),
    `${parallel} at once`,
    `seed ${seed}`,
  ];
  return `${styleError('bold', training)}  tunes ${model}: ${how.join(', ')}`;
}

/** What is said of a trial that has begun. */
export const begunLine = ({ trial, hyperparameters, of }: Trial): string =>
  line(`trial ${trial}`, `${of === undefined ? '' : `trial ${of} with more: `}${inWords(hyperparameters)}`);

/** And of one that has ended; `before` are those that had. */
export function endedLine({ trial, outcome }: Trial, before: readonly Trial[], { options }: Training): string {
  const tuning = tuningOf(options);
  const { metric } = tuning.objective;
  const { state, objective, seconds, reason = '' } = outcome!;
  if (state === 'failed')
    return line(
      `trial ${trial}`,
      `${styleError('red', 'failed')} after ${formatSeconds(seconds)}: ${lastLine(reason)}`,
    );
  if (state === 'stopped')
    return line(
      `trial ${trial}`,
      `stopped after ${formatSeconds(seconds)}: ${reason.replace(/^Stopped by tuning: /, '')}`,
    );
  const isBest = before.every(
    (each) => each.outcome?.state !== 'trained' || isBetter(goalOf(tuning), objective!, each.outcome.objective!),
  );
  return line(
    `trial ${trial}`,
    `${metric} ${shown(objective)} after ${formatSeconds(seconds)}${isBest ? styleError('green', ', the best so far') : ''}`,
  );
}

/** Of a traceback it is the one that says what is wrong; all of it is in the trial's own result. */
const lastLine = (text: string): string => text.trimEnd().split('\n').at(-1) as string;
