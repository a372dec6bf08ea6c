import { createHash } from 'node:crypto';

/** What the things of a stage are called in AWS: made of the stage's name alone, so that who deploys and who operates agree. */

/** The alias of a Lambda function that all traffic goes through. */
export const LIVE_ALIAS = 'live';

const LONGEST_FUNCTION_NAME = 64;

/** Also the value of the metrics' dimension `service`. */
export const serviceName = (stage: string): string => `onnward-${stage}`;

/** The stack of everything that can be made anew. */
export const stackName = (stage: string): string => serviceName(stage);

/** The stack of what outlives the rest: the registry, and the repository of images. */
export const registryStackName = (stage: string): string => `${serviceName(stage)}-registry`;

/** Bucket names are the world's: the account makes it ours. */
export const bucketName = (stage: string, account: string, region: string): string =>
  `${serviceName(stage)}-${account}-${region}`;

export const repositoryName = (stage: string): string => `${serviceName(stage)}-inference`;

/** The function that serves `model`. A name that Lambda would not take is shortened, and made unique by a hash. */
export function functionName(stage: string, model: string): string {
  const plain = `${serviceName(stage)}-${model}`;
  const allowed = plain.replaceAll('.', '-');
  if (allowed === plain && plain.length <= LONGEST_FUNCTION_NAME) return plain;
  const hash = createHash('sha256').update(model).digest('hex').slice(0, 8);
  return `${allowed.slice(0, LONGEST_FUNCTION_NAME - hash.length - 1)}-${hash}`;
}

/** The function that answers for the stage as a server. A model's name cannot begin with a hyphen, so none is called so. */
export const catalogueName = (stage: string): string => `${serviceName(stage)}--catalogue`;

/** The function that CloudFormation asks for the alias `live`. */
export const liveAliasName = (stage: string): string => `${serviceName(stage)}--live-alias`;

/** The function that scores what comes in files, and the workflow that calls it. */
export const batchName = (stage: string): string => `${serviceName(stage)}--batch`;

/** The queue of events that no workflow could be started for. */
export const undeliveredName = (stage: string): string => `${batchName(stage)}-undelivered`;

/** The environment of an inference function: what it serves. */
export const PIN = { store: 'ONNWARD_STORE', model: 'ONNWARD_MODEL', version: 'ONNWARD_VERSION' } as const;

/** The environment of an inference function that takes requests in to be answered later: the store that they go to. */
export const REQUESTS_STORE = 'ONNWARD_REQUESTS';

/** The environment of the function of batch inference, besides `PIN.store`. */
export const BATCH = {
  /** JSON: by model, the options that the configuration has for it. No other model is scored. */
  models: 'ONNWARD_BATCH_MODELS',
  /** Executions that are reserved for it: shards at once where nobody says. */
  concurrency: 'ONNWARD_BATCH_CONCURRENCY',
} as const;
