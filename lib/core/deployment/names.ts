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
  const hash = shortHash(model);
  return `${allowed.slice(0, LONGEST_FUNCTION_NAME - hash.length - 1)}-${hash}`;
}

const shortHash = (name: string): string => createHash('sha256').update(name).digest('hex').slice(0, 8);

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

/** The tags of an inference function: what a release reads of it, to give it to the version that it publishes. */
export const FUNCTION_TAGS = {
  provisionedConcurrency: 'onnward:provisioned-concurrency',
  /** The one version that there is in it. */
  baked: 'onnward:baked-version',
} as const;

/** The environment of an inference function that takes requests in to be answered later: the store that they go to. */
export const REQUESTS_STORE = 'ONNWARD_REQUESTS';

/** The environment of the function of batch inference, besides `PIN.store`. */
export const BATCH = {
  /** JSON: by model, the options that the configuration has for it. No other model is scored. */
  models: 'ONNWARD_BATCH_MODELS',
  /** Executions that are reserved for it: shards at once where nobody says. */
  concurrency: 'ONNWARD_BATCH_CONCURRENCY',
  /** Of a container that scores a whole job: JSON, what is asked for. */
  request: 'ONNWARD_BATCH_REQUEST',
} as const;

/** The function that releases models, and the workflow that calls it. */
export const releaseName = (stage: string): string => `${serviceName(stage)}--release`;

/** The environment of the function of releases, besides `PIN.store`. */
export const RELEASE = {
  /** On a laptop, JSON: by model, the options that the configuration has for it. In AWS they are in `RELEASE_MODELS_FILE`. */
  models: 'ONNWARD_RELEASE_MODELS',
  /** In AWS: the stage whose functions answer. On a laptop it is not set. */
  stage: 'ONNWARD_STAGE',
  /** ARN of the topic that is told who waits, and how it ended. @default - nobody is told */
  topic: 'ONNWARD_TOPIC',
  /** ARN of the workflow, which events start. */
  workflow: 'ONNWARD_WORKFLOW',
  /** `logs`: live traffic is read from the functions' log lines, where there is no Logs Insights. @default - Logs Insights */
  observations: 'ONNWARD_OBSERVATIONS',
  /** The folder that the modules of gates are named from, on a laptop. @default - the one that it runs in */
  folder: 'ONNWARD_FOLDER',
  /** Shards at once. */
  concurrency: 'ONNWARD_RELEASE_CONCURRENCY',
} as const;

/** In the bundle of the function of releases, beside its handler: by model, its options. No other model is released. */
export const RELEASE_MODELS_FILE = 'models.json';

/** The function that trains models, and the workflow that calls it. */
export const trainingName = (stage: string): string => `${serviceName(stage)}--training`;

/** The workflow that tries hyperparameters. */
export const tuningName = (stage: string): string => `${serviceName(stage)}--tuning`;

/** The function of trainings' environment, besides `PIN.store`. */
export const TRAINING = {
  /** On a laptop, JSON: by model, what the configuration says of its training and of its releases. In AWS they are in `TRAINING_MODELS_FILE`. */
  models: 'ONNWARD_TRAINING_MODELS',
  /** In AWS: the stage. On a laptop it is not set. */
  stage: 'ONNWARD_STAGE',
  /** ARN of the topic that is told how it ended. @default - nobody is told */
  topic: 'ONNWARD_TOPIC',
  /** ARN of the workflow that releases. @default - nothing is released by itself */
  release: 'ONNWARD_RELEASE_WORKFLOW',
  /** The folder that the sources of trainers are named from, on a laptop. */
  folder: 'ONNWARD_FOLDER',
  /** The folder that virtual environments and working folders lie in, on a laptop. */
  cache: 'ONNWARD_CACHE_FOLDER',
} as const;

/** In the bundle of the function of trainings, beside its handler: by model, what the configuration says. No other model is trained. */
export const TRAINING_MODELS_FILE = 'models.json';

/** The function that looks at live traffic, and acts on the alarms about it. */
export const monitorName = (stage: string): string => `${serviceName(stage)}--monitor`;

/** The environment of the function of monitoring, besides `PIN.store`. */
export const MONITOR = {
  /** Where there is no bundle, JSON: by model, what the configuration says. In AWS it is in `MONITOR_MODELS_FILE`. */
  models: 'ONNWARD_MONITOR_MODELS',
  /** The stage whose models are watched. */
  stage: 'ONNWARD_STAGE',
  /** ARN of the topic that is told of actions. @default - nobody is told */
  topic: 'ONNWARD_TOPIC',
  /** Name of the function of releases, which rolls back. @default - nothing is rolled back */
  release: 'ONNWARD_RELEASE_FUNCTION',
  /** ARN of the workflow that trains. @default - nothing is trained anew */
  training: 'ONNWARD_TRAINING_WORKFLOW',
} as const;

/** In the bundle of the function of monitoring, beside its handler: by model, what the configuration says. No other model is watched. */
export const MONITOR_MODELS_FILE = 'models.json';

/** The job definition of AWS Batch of a model's trainer. A name that Batch would not take is made unique by a hash. */
export function jobDefinitionName(stage: string, model: string): string {
  const plain = `${serviceName(stage)}-train-${model}`;
  const allowed = plain.replaceAll('.', '-');
  return allowed === plain ? plain : `${allowed}-${shortHash(model)}`;
}

/** That of what scores a whole job of batch inference. */
export const scorerDefinitionName = (stage: string): string => `${serviceName(stage)}--score`;

/** That of what makes variants of a version. A model's name cannot begin with a hyphen, so none is called so. */
export const optimizerDefinitionName = (stage: string): string => `${serviceName(stage)}--optimize`;

/** Where the module of a gate lies in the bundle of the function of releases, by the path that the configuration has. */
export const gateFile = (module: string): string =>
  `gates/${createHash('sha256').update(module).digest('hex').slice(0, 16)}.mjs`;

/** What the alarms of a model are about. None of them ends as another one with a hyphen before it, so that names are unique. */
export const MODEL_ALARMS = [
  'errors',
  'crashes',
  'throttles',
  'unreleased',
  'latency-p50',
  'latency-p90',
  'latency-p99',
  'cold-starts',
  'concurrency',
  'accuracy',
  'quality',
  'drift',
] as const;

export type ModelAlarm = (typeof MODEL_ALARMS)[number];

/** What all alarms of a model begin with; those of another one may, too: see `alarmOf`. */
export const alarmPrefix = (stage: string, model: string): string => `${serviceName(stage)}-${model}-`;

export const alarmName = (stage: string, model: string, what: ModelAlarm): string =>
  `${alarmPrefix(stage, model)}${what}`;

/** What a model's alarm is about, by the alarm's name; undefined for what is no alarm of this very model. */
export function alarmOf(stage: string, model: string, name: string): ModelAlarm | undefined {
  return MODEL_ALARMS.find((what) => name === alarmName(stage, model, what));
}
