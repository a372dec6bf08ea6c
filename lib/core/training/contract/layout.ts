/** Where SageMaker's training contract has everything. */
export const DEFAULT_BASE = '/opt/ml';

/** Names it where it is elsewhere, as the SageMaker training toolkit has it. */
export const BASE_VARIABLE = 'SAGEMAKER_BASE_DIR';

/** Folders and files around a trainer: absolute paths. */
export interface Layout {
  readonly base: string;
  readonly input: string;
  /** The files that say what the training is: `hyperparameters.json` and its like. */
  readonly config: string;
  readonly data: string;
  /** What was fetched of a channel. */
  channel(name: string): string;
  /** What becomes the version. */
  readonly model: string;
  readonly output: string;
  /** What is kept beside it. */
  readonly outputData: string;
  /** What a trainer that fails says of why. */
  readonly failure: string;
  readonly checkpoints: string;
}

/**
 * The layout below a folder. Source: the SageMaker developer guide, "How Amazon SageMaker AI provides training
 * information", and the SageMaker training toolkit 5.1, `environment.py`.
 */
export function layoutOf(base: string = DEFAULT_BASE): Layout {
  const below = (path: string): string => `${base.replace(/\/+$/, '')}/${path}`;
  return {
    base,
    input: below('input'),
    config: below('input/config'),
    data: below('input/data'),
    channel: (name) => below(`input/data/${name}`),
    model: below('model'),
    output: below('output'),
    outputData: below('output/data'),
    failure: below('output/failure'),
    checkpoints: below('checkpoints'),
  };
}
