import { OnnwardError } from '#core/errors.ts';
import { trainingStatus, type TrainingStatus } from '#core/training/trainings.ts';
import type { Training } from '#core/training/training.ts';
import { rowsOf } from '#core/training/tuning/provenance.ts';
import { readTable, shown, type Trial, tuningOf } from '#core/training/tuning/table.ts';
import { print, printJson, say, table } from './output.ts';
import type { TunePlace } from './tune-place.ts';

/**
 * Says what has come of a tuning: all trials, the best first, and the version that was made. Throws, once all is said, where
 * there is none: `training.open`, `training.stopped`, and the code of what has failed.
 */
export async function reportTuning(
  { store, where, config }: Pick<TunePlace, 'store' | 'where' | 'config'>,
  id: string,
  json: boolean,
  more: object = {},
): Promise<void> {
  const [status, trials] = await Promise.all([trainingStatus(store, id), readTable(store, id)]);
  const { training, end, state } = status;
  const rows = rowsOf(trials, training);
  if (json) printJson({ ...status, trials: rows, ...more });
  else if (rows.length > 0) print(table(cellsOf(trials, training)));
  if (state !== 'registered' || end?.version === undefined) throw notTuned(status, where);
  if (json) return;
  const { model, options } = training;
  print(`${model}:${end.version}`);
  if (options.release) return;
  const hasGates = config.models?.[model]?.gates !== undefined;
  say(
    `Next: ${hasGates ? `onnward release ${model}:${end.version}${where}` : `onnward alias ${model} live ${end.version}`}`,
  );
}

/** A column for each hyperparameter that was tried, also for that which says how much a trial got. */
function cellsOf(trials: readonly Trial[], training: Training): string[][] {
  const names = [...new Set(trials.flatMap(({ hyperparameters }) => Object.keys(hyperparameters)))];
  const { metric } = tuningOf(training.options).objective;
  const rows = rowsOf(trials, training).map(({ trial, objective, hyperparameters, seconds, state }) => [
    String(trial),
    shown(objective),
    ...names.map((name) => cellOf(hyperparameters[name])),
    seconds.toFixed(1),
    state,
  ]);
  return [['trial', metric, ...names, 'seconds', 'state'], ...rows];
}

/** Wider than that no column is. */
const MOST = 32;

function cellOf(value: string | number | boolean | undefined): string {
  const text = typeof value === 'number' ? shown(value) : String(value ?? '-');
  return text.length > MOST ? `${text.slice(0, MOST - 1)}…` : text;
}

function notTuned({ training, state, end }: TrainingStatus, where: string): OnnwardError {
  const { training: id, model } = training;
  const fields = { training: id, model, state };
  if (!end) {
    return new OnnwardError(`${id} is under way.`, {
      code: 'training.open',
      kind: 'conflict',
      fix: `Run \`onnward tune ${id}${where}\` to go on with it.`,
      fields,
    });
  }
  const isStopped = state === 'stopped';
  return new OnnwardError(`${id} ${isStopped ? 'was stopped' : 'has failed'}: ${end.reason}`, {
    code: isStopped ? 'training.stopped' : (end.code ?? 'training.failed'),
    kind: 'conflict',
    fix: `Run \`onnward trainings ${id}-1${where}\` to see what the first trial printed, mend it, and run \`onnward tune ${model}${where}\` again.`,
    fields,
  });
}
