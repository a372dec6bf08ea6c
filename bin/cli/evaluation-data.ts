import type { Deployment } from '#config/deployment.ts';
import type { ReleaseOptions } from '#core/release/options.ts';
import { type StagedData, stagedData } from './staged-data.ts';
import { stagedTraining } from './training-data.ts';

/** The same options with every file where the stage has it, and the files that have to be brought there. */
export async function stagedOptions(
  model: string,
  options: ReleaseOptions,
  folder: string,
  isOptimized = false,
): Promise<{ readonly options: ReleaseOptions; readonly files: readonly StagedData[] }> {
  const { evaluation, shadow, gates } = options;
  // Neither released nor judged by its variants: nobody reads them.
  if (!gates && !isOptimized) return { options, files: [] };
  const held = evaluation && (await stagedData(model, evaluation.data, folder));
  const recorded = shadow && shadow.data !== undefined ? await stagedData(model, shadow.data, folder) : undefined;
  return {
    options: {
      ...options,
      ...(evaluation && held && { evaluation: { ...evaluation, data: held.key } }),
      ...(shadow && recorded && { shadow: { ...shadow, data: recorded.key } }),
    },
    files: [held, recorded].filter((file) => file !== undefined),
  };
}

/** What is deployed, with every file where the stage has it once `onnward deploy` has brought it there. */
export async function stagedDeployment(deployment: Deployment, folder: string): Promise<Deployment> {
  const models = await Promise.all(
    Object.entries(deployment.models).map(async ([name, model]) => {
      const { options } = await stagedOptions(name, model, folder, model.training?.optimize !== undefined);
      const training = model.training && (await stagedTraining(name, model.training, folder));
      return [name, { ...model, ...options, ...(training && { training: training.options }) }] as const;
    }),
  );
  return { ...deployment, models: Object.fromEntries(models) };
}
