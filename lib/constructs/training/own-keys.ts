import { CHECKPOINTS_PREFIX, TRAINING_PREFIX } from '#core/training/keys.ts';

const FIRST_DIGITS = ['1', '2', '3', '4', '5', '6', '7', '8', '9'];

/** Of the trainings of one model: `digits-t*` would be those of the model `digits-tf`, too. */
const own = (prefix: string, model: string): string[] => FIRST_DIGITS.map((digit) => `${prefix}${model}-t${digit}*`);

/** What is kept of a model's trainings, as a policy names it. */
export const trainingKeys = (model: string): string[] => own(TRAINING_PREFIX, model);

/** Where their trainers go on from. */
export const checkpointKeys = (model: string): string[] => own(CHECKPOINTS_PREFIX, model);

/**
 * What a job writes of a training, by any name: all else there is what people and the workflow have decided, from what is
 * trained to what is released.
 */
export const LEFT_BY_JOBS: readonly string[] = [
  ...['model/*', 'output/*', 'attempts/*', 'nodes/*', 'progress.json', 'result.json'].map(
    (left) => `${TRAINING_PREFIX}*/${left}`,
  ),
  `${CHECKPOINTS_PREFIX}*`,
];
