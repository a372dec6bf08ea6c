import type { Conflict } from '#core/consistent.ts';
import { didYouMean } from '#core/nearest.ts';
import { familiesFor, fitting, inWords, needOf, RESOURCES } from '#core/training/machines.ts';
import type { TrainingOptions } from '#core/training/options.ts';
import { MACHINES } from '#core/training/prices.ts';
import type { ModelConfig } from './model.ts';
import { type StageConfig, TRAINING_CPUS } from './stage.ts';

/** Of `s3://bucket/…`. */
export const bucketOf = (url: string | undefined): string | undefined => /^s3:\/\/([^/]+)\//.exec(url ?? '')?.[1];

type Models = Readonly<Record<string, ModelConfig>>;

/** What the training of each model needs of the rest of its entry, and of the other models. */
export const conflictsOfTraining = (models: Models): Conflict[] =>
  Object.entries(models).flatMap(([model, settings]) =>
    settings.training
      ? [...ownConflicts(settings, settings.training), ...nameConflicts(model, models)].map(({ path, message }) => ({
          path: ['models', model, 'training', ...path],
          message,
        }))
      : [],
  );

function ownConflicts({ gates }: ModelConfig, training: TrainingOptions): Conflict[] {
  const { source, image, optimize, release, resources = {} } = training;
  const { memory = RESOURCES.memory, sharedMemory = RESOURCES.sharedMemory } = resources;
  const conflicts: Conflict[] = [];
  if (source === undefined && image === undefined && !optimize) {
    conflicts.push({ path: [], message: 'needs source, the folder of a trainer, or image' });
  }
  if (release && !gates)
    conflicts.push({ path: ['release'], message: 'needs gates, which a version is released through' });
  if (sharedMemory > memory) {
    const message = `is ${sharedMemory}, and is part of memory, ${memory}`;
    conflicts.push({ path: ['resources', 'sharedMemory'], message });
  }
  return conflicts;
}

/** A role is let write `training/NAME-t…`: trainings of another model must not begin so. */
const nameConflicts = (model: string, models: Models): Conflict[] =>
  Object.keys(models)
    .filter((other) => models[other]?.training && model.startsWith(`${other}-t`))
    .map((other) => ({
      path: [],
      message: `is of a name that begins as trainings of ${other} do, ${other}-t…: call one of the two models otherwise`,
    }));

/** What the training of a model needs of a stage that trains. */
export function trainingConflicts(
  { training }: ModelConfig,
  { training: stage }: StageConfig,
  stageName: string,
): Conflict[] {
  if (!training || !stage) return [];
  const where = `stages.${stageName}.training`;
  return [...channelConflicts(training, stage, where), ...machineConflicts(training, stage, where)].map(
    ({ path, message }) => ({ path: ['training', ...path], message }),
  );
}

type StageTraining = NonNullable<StageConfig['training']>;

function channelConflicts(training: TrainingOptions, { buckets = [] }: StageTraining, where: string): Conflict[] {
  const { data, calibration } = training.optimize ?? {};
  const read: [path: string[], url: string | undefined][] = [
    ...Object.entries(training.channels ?? {}).map(([name, url]): [string[], string] => [['channels', name], url]),
    [['optimize', 'data'], data],
    [['optimize', 'calibration'], calibration],
  ];
  return read.flatMap(([path, url]) => {
    const bucket = bucketOf(url);
    if (bucket === undefined || buckets.includes(bucket)) return [];
    const message = `lies in the bucket ${bucket}, which ${where}.buckets does not name.${didYouMean(bucket, buckets)}`;
    return [{ path, message }];
  });
}

function machineConflicts(training: TrainingOptions, stage: StageTraining, where: string): Conflict[] {
  const { instanceTypes, maxCpus = TRAINING_CPUS } = stage;
  const { instances = 1 } = training;
  const need = needOf(training);
  const names = familiesFor(need, instanceTypes);
  if (need.gpus > 0 && instanceTypes && !instanceTypes.some((name) => names.includes(name))) {
    const message = `is ${need.gpus}, and ${where}.instanceTypes names no machine with GPUs`;
    return [{ path: ['resources', 'gpus'], message }];
  }
  const machines = fitting(need, names);
  if (machines.length === 0) {
    const message = `asks for ${inWords(need)}, which fit into none of ${names.join(', ')}: name others in ${where}.instanceTypes`;
    return [{ path: ['resources'], message }];
  }
  const cpus = instances * Math.min(...machines.map((name) => MACHINES.get(name)?.cpus ?? 0));
  if (cpus <= maxCpus) return [];
  const path = instances > 1 ? ['instances'] : ['resources'];
  return [{ path, message: `needs machines with ${cpus} vCPUs together, and ${where}.maxCpus is ${maxCpus}` }];
}
