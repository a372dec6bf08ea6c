/** Where everything of a training lies in an object store. Prefixes end in `/`. */

export const TRAINING_PREFIX = 'training/';

/** Apart from it: it is by what their keys begin with that stores let objects expire. */
export const CHECKPOINTS_PREFIX = 'checkpoints/';

/** A model's name, the number of the training, and of a trial that is part of it. */
const ID = /^([a-z0-9](?:[a-z0-9._-]{0,61}[a-z0-9])?)-t([1-9]\d{0,8})(?:-([1-9]\d{0,5}))?$/;

/** Trainings of a model are numbered from 1. */
export const trainingId = (model: string, number: number): string => `${model}-t${number}`;

/** One of the many trainings that a tuning is made of. */
export const trialId = (tuning: string, trial: number): string => `${tuning}-${trial}`;

/** What the id of a training says; undefined for what is none. */
export function parseTrainingId(
  id: string,
): { readonly model: string; readonly number: number; readonly trial?: number } | undefined {
  const [, model, number, trial] = ID.exec(id) ?? [];
  if (model === undefined) return undefined;
  return { model, number: Number(number), ...(trial !== undefined && { trial: Number(trial) }) };
}

export const trainingPrefix = (training: string): string => `${TRAINING_PREFIX}${training}/`;

/** What a state of the workflow, a person, or the agent beside the trainer has written of a training. */
export const documentKey = (training: string, name: string): string => `${trainingPrefix(training)}${name}.json`;

/** What the trainer has left in `/opt/ml/model`, by its path there. */
export const modelPrefix = (training: string): string => `${trainingPrefix(training)}model/`;

/** The same of `/opt/ml/output/data`. */
export const dataPrefix = (training: string): string => `${trainingPrefix(training)}output/data/`;

/** Snapshots of `/opt/ml/checkpoints`. */
export const checkpointsPrefix = (training: string): string => `${CHECKPOINTS_PREFIX}${training}/`;

/** How far the trainer is: written over and over by the agent, and of no consequence. */
export const progressKey = (training: string): string => documentKey(training, 'progress');

/** Why it waits for a machine. */
export const waitingKey = (training: string): string => documentKey(training, 'waiting');

/** Inputs that were brought to a store, by the hash of what they hold. */
export const inputsPrefix = (model: string, hash: string): string => `${TRAINING_PREFIX}inputs/${model}/${hash}/`;
