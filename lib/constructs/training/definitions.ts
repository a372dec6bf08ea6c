import { jobDefinitionName, optimizerDefinitionName } from '#core/deployment/names.ts';
import { LIVE_ROWS_PREFIX } from '#core/monitoring/keys.ts';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import type { IModelRegistry } from '../model-registry.ts';
import { channelUrls } from './channels.ts';
import { addDefinition, type TrainingDefinitionProps } from './definition.ts';
import { aroundImage, optimizerImage, trainerImage, type TrainingImage } from './images.ts';
import { hasTrainer, type TrainingModels } from './options.ts';
import { addExecutionRole, addJobRole } from './roles.ts';

export interface TrainingDefinitionsProps {
  readonly stage: string;
  readonly registry: IModelRegistry;
  readonly models: TrainingModels;
  readonly log: ILogGroup;
  /** Models that are trained with rows of live requests, too. @default - none */
  readonly retrained?: readonly string[];
  /** That sources are named from. @default - the one that this process runs in */
  readonly folder?: string;
}

type Job = Pick<TrainingDefinitionProps, 'jobDefinitionName' | 'options' | 'jobRole'> & {
  readonly image: TrainingImage;
};

/** A definition for each model's trainer, and one for the optimizer of all. Gives their names. */
export function addDefinitions(scope: Construct, props: TrainingDefinitionsProps): string[] {
  const { registry, log } = props;
  const around = aroundImage(scope);
  const executionRole = addExecutionRole(scope, log);
  around.grantPull(executionRole);
  const common = { storeUrl: registry.storeUrl, log, executionRole };
  return Object.entries({ ...trainers(scope, props), ...optimizer(scope, props) }).map(([id, { image, ...job }]) => {
    image.grantPull(executionRole);
    addDefinition(scope, id, { ...common, ...job, images: { trainer: image.uri, around: around.uri } });
    return job.jobDefinitionName;
  });
}

/** By the ids of their constructs. */
function trainers(scope: Construct, props: TrainingDefinitionsProps) {
  const { stage, registry, models, log, folder, retrained = [] } = props;
  const { bucket, storeUrl } = registry;
  const trained = Object.entries(models).filter(([, model]) => hasTrainer(model));
  return Object.fromEntries(
    trained.map(([model, { training }]): [string, Job] => {
      const live = retrained.includes(model) ? [`${storeUrl}/${LIVE_ROWS_PREFIX}${model}/training/`] : [];
      const reads = [...channelUrls(training, registry), ...live];
      const jobRole = addJobRole(scope, `JobRole-${model}`, { bucket, log, models: [model], reads });
      const image = trainerImage(scope, `Trainer-${model}`, training, folder);
      return [
        `Job-${model}`,
        { jobDefinitionName: jobDefinitionName(stage, model), options: training, jobRole, image },
      ];
    }),
  );
}

function optimizer(scope: Construct, { stage, registry, models, log }: TrainingDefinitionsProps): Record<string, Job> {
  const optimized = Object.keys(models).filter((model) => models[model]?.training.optimize);
  if (optimized.length === 0) return {};
  const { bucket, storeUrl } = registry;
  const reads = optimized.map((model) => `${storeUrl}/models/${model}/versions/`);
  const jobRole = addJobRole(scope, 'OptimizerRole', { bucket, log, models: optimized, reads });
  const image = optimizerImage(scope);
  return { OptimizerJob: { jobDefinitionName: optimizerDefinitionName(stage), options: {}, jobRole, image } };
}
