import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { hashFile } from '#adapters/local/artifact.ts';
import type { Deployment } from '#config/deployment.ts';
import type { ObjectStore } from '#core/ports.ts';
import { isPrecondition } from '#core/registry/precondition.ts';
import { dataPrefix } from '#core/release/keys.ts';
import type { ReleaseOptions } from '#core/release/options.ts';
import { stagedTraining } from './training-data.ts';

/** Hex digits of a hash that name a file. */
export const DIGITS = 32;

/** A file of this machine that releases in AWS read, and its key in the stage's store: a function of what it holds. */
export interface StagedData {
  readonly path: string;
  readonly key: string;
}

/** The file that `data` of a configuration names; undefined for what is in AWS already. */
async function stagedData(model: string, data: string, folder: string): Promise<StagedData | undefined> {
  if (data.startsWith('s3://')) return undefined;
  const path = resolve(folder, data.replace(/^file:/, ''));
  const hash = (await hashFile(path)).slice(0, DIGITS);
  return { path, key: dataPrefix(model, hash) + basename(path) };
}

/** The same options with every file where the stage has it, and the files that have to be brought there. */
export async function stagedOptions(
  model: string,
  options: ReleaseOptions,
  folder: string,
): Promise<{ readonly options: ReleaseOptions; readonly files: readonly StagedData[] }> {
  const { evaluation, shadow, gates } = options;
  // Without gates nothing is released, and nobody reads them.
  if (!gates) return { options, files: [] };
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
      const { options } = await stagedOptions(name, model, folder);
      const training = model.training && (await stagedTraining(name, model.training, folder));
      return [name, { ...model, ...options, ...(training && { training: training.options }) }] as const;
    }),
  );
  return { ...deployment, models: Object.fromEntries(models) };
}

/** Brings a file to the stage's store; what is there is the same, for its key is named by its hash. */
export async function sendData(store: ObjectStore, { path, key }: StagedData): Promise<void> {
  const { size } = await stat(path);
  try {
    await store.write(key, createReadStream(path), size, { ifAbsent: true });
  } catch (error) {
    if (!isPrecondition(error)) throw error;
  }
}
