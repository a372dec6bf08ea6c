import { invalid } from '#core/errors.ts';
import { checkName } from '#core/model/reference.ts';
import { didYouMean } from '#core/nearest.ts';
import { type ReleaseOptions, releaseOptions } from '#core/release/options.ts';
import { type Config, DEFAULT_STAGES } from './config.ts';
import type { ModelConfig } from './model.ts';
import { type ApiConfig, BATCH_CONCURRENCY, type StageConfig } from './stage.ts';

/** A stage as it is deployed: what the configuration says of it, and of every model. */
export interface Deployment extends StageConfig {
  readonly stage: string;
  readonly api: ApiConfig;
  /** By name, in the configuration's order. */
  readonly models: Readonly<Record<string, ModelConfig>>;
}

/** The names of the stages; the first is meant where none is named. */
export const stagesOf = ({ stages = DEFAULT_STAGES }: Config): string[] => Object.keys(stages);

/** What is deployed to `stage`, the first one by default. Throws `config.no_such_stage`, `config.no_models`, `reference.invalid`. */
export function deploymentOf(config: Config, stage?: string): Deployment {
  const names = stagesOf(config);
  const name = stage ?? names[0];
  const found = name === undefined ? undefined : (config.stages ?? DEFAULT_STAGES)[name];
  if (name === undefined || !found) throw noStage(stage, names);
  const models = config.models ?? {};
  if (Object.keys(models).length === 0) throw noModels();
  for (const model of Object.keys(models)) checkName(model);
  return { ...found, stage: name, api: found.api ?? {}, models };
}

/** What one model's entry says of its releases; plain data. */
export const releaseOptionsOf = (model: ModelConfig): ReleaseOptions => {
  const said = Object.keys(releaseOptions).filter((name) => name in model);
  return Object.fromEntries(said.map((name) => [name, model[name as keyof ReleaseOptions]]));
};

/** The same of every model that has gates, by name: only these can be released. */
export const releaseModels = ({ models }: Pick<Deployment, 'models'>): Record<string, ReleaseOptions> =>
  Object.fromEntries(
    Object.entries(models)
      .filter(([, { gates }]) => gates !== undefined)
      .map(([name, model]) => [name, releaseOptionsOf(model)]),
  );

/** Executions at once that it takes from the account's other functions. */
export function reservedBy({ models, batch }: Deployment): number {
  const all = Object.values(models);
  const ofModels = all.reduce((sum, { reservedConcurrency }) => sum + (reservedConcurrency ?? 0), 0);
  return ofModels + (all.some((model) => model.batch) ? (batch?.concurrency ?? BATCH_CONCURRENCY) : 0);
}

const noStage = (stage: string | undefined, names: readonly string[]) =>
  invalid('config.no_such_stage', `the configuration has no stage${stage === undefined ? '' : ` '${stage}'`}.`, {
    fix: `These it has: ${names.join(', ') || 'none'}.${didYouMean(stage ?? '', [...names])}`,
    fields: { stage, stages: names },
  });

const noModels = () =>
  invalid('config.no_models', 'the configuration names no model, so there is nothing to deploy.', {
    fix: 'Add `models: { NAME: {} }` to onnward.config.ts.',
  });
