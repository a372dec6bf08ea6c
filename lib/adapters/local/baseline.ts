import { randomBytes } from 'node:crypto';
import { makeBaseline } from '#core/monitoring/baseline/make-baseline.ts';
import type { BaselineModel, BaselineOptions, BaselineWorld } from '#core/monitoring/baseline/request.ts';
import type { BaselineProfile } from '#core/monitoring/baseline/write-baseline.ts';
import { CaptureKeys, ensureCaptureKey } from '#core/monitoring/capture/keys.ts';
import type { Engine, LoadedModel, ModelFiles } from '#core/ports.ts';
import { loadWithOutput } from '../onnx/hidden.ts';

/** A version's files on this machine, and the model that is opened of them. */
export interface OpenedVersion extends Omit<BaselineModel, 'model' | 'signature'> {
  readonly model: LoadedModel;
  readonly files: ModelFiles;
}

/** Sensitive values are hashed as captured ones are: with the store's key, which is made where there is none. */
async function withKeys(store: BaselineWorld['store'], options: BaselineOptions): Promise<BaselineOptions> {
  if (!Object.values(options.sensitive ?? {}).includes('hash')) return options;
  await ensureCaptureKey(store, randomBytes);
  const keys = await CaptureKeys.read(store);
  return { ...options, ...(keys && { keys }) };
}

/** Profiles the rows that a version was trained on; opens it once more where it is looked within. Throws `baseline.*`, `model.no_tensor`. */
export async function profileVersion(
  { engine, ...world }: BaselineWorld & { readonly engine: Engine },
  { model, files, ...known }: OpenedVersion,
  given: BaselineOptions,
): Promise<BaselineProfile> {
  const { signature } = model;
  const options = await withKeys(world.store, given);
  if (options.hidden === undefined) return makeBaseline(world, { ...known, signature, model }, options);
  const within = await loadWithOutput(engine, files, options.hidden, known.serving);
  try {
    return await makeBaseline(world, { ...known, signature, model: within }, options);
  } finally {
    await within.close();
  }
}
