import { OnnwardError } from '#core/errors.ts';
import { METRICS } from '#core/evaluation/metrics.ts';
import { documentKey } from '#core/training/keys.ts';
import { readDocument } from '#core/training/store.ts';
import { progressOf, trainingStatus, waitingOf, type TrainingStatus } from '#core/training/trainings.ts';
import type { ObjectStore } from '#core/ports.ts';
import { print, printJson, say } from './output.ts';
import type { TrainingPlace } from './training-place.ts';

/** Says what has come of trainings that belong together. Throws, once all is said, where the last one has made no version: `training.failed`, `training.stopped`, `training.open`. */
export async function reportTraining(
  place: Pick<TrainingPlace, 'store' | 'registry' | 'where' | 'config'>,
  ids: readonly string[],
  json: boolean,
  more: object = {},
): Promise<void> {
  const { store, where } = place;
  const statuses = await Promise.all(ids.map((id) => trainingStatus(store, id)));
  const last = statuses.at(-1) as TrainingStatus;
  if (json) printJson({ ...(await documentOf(store, statuses)), ...more });
  const trained = statuses.findLast(({ end }) => end?.version !== undefined);
  if (!json && trained?.end?.version !== undefined) {
    await reportVersion(place, trained.training.model, trained.end.version, last.training.options.release === true);
  }
  if (last.state !== 'registered' && last.state !== 'trained' && last.state !== 'kept') throw notTrained(last, where);
}

/** Of those that a version has: `onnward show` has all of them. */
const MOST_METRICS = 5;

async function reportVersion(
  { registry, where, config }: Pick<TrainingPlace, 'registry' | 'where' | 'config'>,
  model: string,
  version: number,
  isReleased: boolean,
): Promise<void> {
  const { metrics = {} } = await registry.manifest(model, version);
  const known = METRICS.flatMap(({ name }) => (name in metrics ? [name] : []));
  const names = known.length > 0 ? known : Object.keys(metrics);
  const shown = names.slice(0, MOST_METRICS).map((name) => `${name} ${Number(metrics[name]?.toPrecision(5))}`);
  print([`${model}:${version}`, ...shown].join('\n  '));
  if (isReleased) return;
  const hasGates = config.models?.[model]?.gates !== undefined;
  const next = hasGates ? `onnward release ${model}:${version}${where}` : `onnward alias ${model} live ${version}`;
  say(`Next: ${next}`);
}

/** One document of a training and of what followed it; the whole of each. */
async function documentOf(store: ObjectStore, statuses: readonly TrainingStatus[]): Promise<object> {
  const trainings = await Promise.all(statuses.map((status) => trainingDocument(store, status)));
  return { trainings };
}

/** All that is recorded of a training. */
export async function trainingDocument(store: ObjectStore, status: TrainingStatus): Promise<object> {
  const { training: id } = status.training;
  const [check, optimization, register, progress, waiting] = await Promise.all([
    readDocument(store, id, 'check'),
    readDocument(store, id, 'optimization'),
    readDocument(store, id, 'register'),
    progressOf(store, id),
    status.end ? undefined : waitingOf(store, id),
  ]);
  return {
    ...status,
    ...(progress && { progress }),
    ...(waiting && { waiting }),
    ...(check && { check }),
    ...(optimization && { optimization }),
    ...(register && { register }),
  };
}

/** Why a training has made no version, and what to do. */
export function notTrained({ training, state, end, result }: TrainingStatus, where: string): OnnwardError {
  const { training: id, model } = training;
  const fields = { training: id, model, state };
  if (!end) {
    return new OnnwardError(`${id} is under way.`, {
      code: 'training.open',
      kind: 'conflict',
      fix: `Run \`onnward trainings ${id}${where}\` to look again; if nobody is at it, \`onnward train --resume ${id}${where}\` goes on.`,
      fields,
    });
  }
  const log =
    result?.outcome === 'failed' ? `What the trainer printed last is in ${documentKey(id, 'progress')}. ` : '';
  const isStopped = state === 'stopped';
  return new OnnwardError(`${id} ${isStopped ? 'was stopped' : 'has failed'}: ${end.reason}`, {
    ...(isStopped ? { code: 'training.stopped' } : { code: end.code ?? 'training.failed' }),
    kind: 'conflict',
    fix: isStopped
      ? `Run \`onnward train ${model}${where}\` to begin another one.`
      : `${log}Mend it and run \`onnward train ${model}${where}\` again.`,
    fields,
  });
}
