import { atMost } from '../at-most.ts';
import { readDocument as read } from '../documents.ts';
import type { ObjectStore } from '../ports.ts';
import type { EndDocument, Progress, ResultDocument, StopDocument, WaitingDocument } from './documents.ts';
import { parseTrainingId, progressKey, TRAINING_PREFIX, trainingId, waitingKey } from './keys.ts';
import { readDocument, readTraining } from './store.ts';
import type { Training, TrainingState } from './training.ts';

/** Trainings that are looked at, at once. */
const AT_ONCE = 8;

/** A training as it stands. */
export interface TrainingStatus {
  readonly training: Training;
  readonly state: TrainingState;
  /** @default - the trainer has not ended */
  readonly result?: ResultDocument;
  readonly stop?: StopDocument;
  /** @default - it is under way */
  readonly end?: EndDocument;
}

/** The numbers of a model's trainings, ascending; trials are part of their tuning. */
export async function trainingNumbers(store: ObjectStore, model: string): Promise<number[]> {
  const numbers: number[] = [];
  for await (const folder of store.folders(TRAINING_PREFIX)) {
    const id = parseTrainingId(folder);
    if (id?.model === model && id.trial === undefined) numbers.push(id.number);
  }
  return numbers.sort((a, b) => a - b);
}

/** The last training of a model; undefined where there was none. */
export async function lastTraining(store: ObjectStore, model: string): Promise<TrainingStatus | undefined> {
  const number = (await trainingNumbers(store, model)).at(-1);
  return number === undefined ? undefined : statusOf(store, trainingId(model, number));
}

/** Actions that wait are few, and what was begun for them is among the last. */
const LOOKED_AT = 20;

/** The training that was begun for an action of monitoring; undefined where none was. */
export async function trainingFor(store: ObjectStore, model: string, action: string): Promise<Training | undefined> {
  for (const number of (await trainingNumbers(store, model)).slice(-LOOKED_AT).reverse()) {
    const training = await readDocument(store, trainingId(model, number), 'request');
    if (training?.action === action) return training;
  }
  return undefined;
}

/** All trainings of a store, or of one model, without trials, the latest first. */
export async function listTrainings(store: ObjectStore, model?: string): Promise<TrainingStatus[]> {
  const folders = await Array.fromAsync(store.folders(TRAINING_PREFIX));
  const ids = folders.filter((folder) => {
    const id = parseTrainingId(folder);
    return id !== undefined && id.trial === undefined && (model === undefined || id.model === model);
  });
  const found = await atMost(AT_ONCE, ids, (id) => statusOf(store, id));
  return found.filter((status) => status !== undefined).sort((a, b) => (a.training.at < b.training.at ? 1 : -1));
}

/** A training as it stands now. Throws `training.not_found`. */
export async function trainingStatus(store: ObjectStore, id: string): Promise<TrainingStatus> {
  const status = parseTrainingId(id) && (await statusOf(store, id));
  return status ?? { training: await readTraining(store, id), state: 'open' };
}

/** How far the trainer is; undefined where nobody has said so yet. */
export const progressOf = (store: ObjectStore, training: string): Promise<Progress | undefined> =>
  read(store, progressKey(training));

/** Why its job waits for a machine, as it was last looked at; undefined where it waits for none. */
export async function waitingOf(store: ObjectStore, training: string): Promise<WaitingDocument | undefined> {
  const [waiting, progress] = await Promise.all([
    read<WaitingDocument>(store, waitingKey(training)),
    progressOf(store, training),
  ]);
  return waiting && (!progress || progress.at < waiting.at) ? waiting : undefined;
}

async function statusOf(store: ObjectStore, id: string): Promise<TrainingStatus | undefined> {
  const [training, result, stop, end] = await Promise.all([
    readDocument(store, id, 'request'),
    readDocument(store, id, 'result'),
    readDocument(store, id, 'stop'),
    readDocument(store, id, 'end'),
  ]);
  if (!training) return undefined;
  return {
    training,
    state: end?.state ?? 'open',
    ...(result && { result }),
    ...(stop && { stop }),
    ...(end && { end }),
  };
}
