import { OnnwardError } from '../errors.ts';
import type { Manifest } from '../model/manifest.ts';
import { parseReference } from '../model/reference.ts';
import { didYouMean } from '../nearest.ts';
import { readDocument, writeOnce } from '../documents.ts';
import { arrivalHash, type Arrival } from './identity.ts';
import { claimKey } from './keys.ts';
import type { PinnedModel } from './plan.ts';
import type { BatchWorld } from './world.ts';

/** Which version scores an object that has arrived: that which was live when its first event came. */
interface Claim {
  readonly format: 1;
  readonly arrival: Arrival;
  readonly model: PinnedModel;
  readonly at: string;
}

/**
 * The version for an object that has arrived, by its first event; a later event of the same object gets the same one,
 * whatever is live by then, and so the same job, which it finds begun. Where the execution of the first event died before
 * it had planned anything, a later one goes on in its place: what it plans is the same job, and there is no need to know
 * whether the first is dead, for only one of them gets the drive. Throws `batch.no_model`.
 */
export async function claimArrival(world: BatchWorld, arrival: Arrival): Promise<Manifest> {
  const { store, registry, clock } = world;
  const key = claimKey(arrivalHash(arrival));
  const claimed = await readDocument<Claim>(store, key);
  if (claimed) return registry.manifest(claimed.model.name, claimed.model.version);
  const manifest = await findModel(world, arrival.model);
  const model = { name: manifest.name, version: manifest.version };
  const at = new Date(clock()).toISOString();
  const { model: first } = await writeOnce<Claim>(store, key, { format: 1, arrival, model, at });
  return first.version === model.version ? manifest : registry.manifest(first.name, first.version);
}

const ABSENT: ReadonlySet<string> = new Set([
  'model.not_found',
  'alias.not_found',
  'version.not_found',
  'reference.invalid',
]);

/** The version that a reference names now. Throws `batch.no_model`. */
export async function findModel({ registry, models }: BatchWorld, reference: string): Promise<Manifest> {
  try {
    const parsed = parseReference(reference);
    if (models && !models.includes(parsed.name)) throw notScored(parsed.name, models);
    return (await registry.resolve(parsed)).manifest;
  } catch (error) {
    if (!(error instanceof OnnwardError) || !ABSENT.has(error.code)) throw error;
    throw noModel(`There is no version to score with. ${error.message}`, error);
  }
}

/** Of a place where files are scored with some models only. */
export const notScored = (model: string, models: readonly string[]): OnnwardError =>
  noModel(
    `The model ${model} is not among those that files are scored with: ${models.join(', ') || 'there are none'}.${didYouMean(model, models)}`,
    { fix: `Give ${model} a 'batch' in the configuration, and deploy.`, fields: { model, models } },
  );

const noModel = (message: string, { fix, fields }: Pick<OnnwardError, 'fix' | 'fields'>): OnnwardError =>
  new OnnwardError(message, {
    code: 'batch.no_model',
    kind: 'not-found',
    fix: fix ?? 'Name a version that the registry has.',
    fields,
  });
