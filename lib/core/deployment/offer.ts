import { OnnwardError } from '../errors.ts';
import type { Manifest } from '../model/manifest.ts';
import type { Reference } from '../model/reference.ts';
import type { Registry } from '../registry/registry.ts';
import { LIVE_ALIAS } from './names.ts';

/** The version of a model that a deployment has for `live`, should that lead nowhere yet. */
export type Offer =
  /** What the stage's registry records as `live`. */
  | { readonly from: 'record'; readonly version: number }
  /** A version of the stage's registry that was named. */
  | { readonly from: 'name'; readonly version: number }
  /** A version of the registry at hand, which the stage's has still to get. */
  | { readonly from: 'copy'; readonly manifest: Manifest }
  /** None. `versions`: what the stage's registry has, not live. */
  | { readonly from: 'nothing'; readonly versions: readonly number[] };

/** Where a version can come from. */
export interface OfferSources {
  /** The stage's registry. @default - its bucket is not there yet */
  readonly stage?: Registry | undefined;
  /** The configuration's registry. @default - it is the stage's own, or is not there */
  readonly atHand?: Registry | undefined;
}

/**
 * What the stage's registry has of the model goes first, for there its history is; what it lacks comes from the registry
 * at hand. Throws where a `reference` leads nowhere: `model.not_found`, `alias.not_found`, `version.not_found`.
 */
export async function offerOf(
  model: string,
  reference: Reference | undefined,
  { stage, atHand }: OfferSources,
): Promise<Offer> {
  const versions = (stage && (await unlessAbsent(stage.versions(model)))) ?? [];
  if (stage && versions.length > 0) {
    if (reference) return { from: 'name', version: (await stage.resolve(reference)).version };
    const recorded = await stage.alias(model, LIVE_ALIAS);
    if (recorded) return { from: 'record', version: recorded.version };
  }
  const nothing = { from: 'nothing', versions } as const;
  if (!atHand) {
    if (reference && stage) await stage.resolve(reference); // throws: says what there is
    return nothing;
  }
  const found = atHand.resolve(reference ?? { name: model });
  const resolved = await (reference ? found : unlessAbsent(found));
  return resolved ? { from: 'copy', manifest: resolved.manifest } : nothing;
}

async function unlessAbsent<T>(found: Promise<T>): Promise<T | undefined> {
  try {
    return await found;
  } catch (error) {
    if (error instanceof OnnwardError && error.kind === 'not-found') return undefined;
    throw error;
  }
}
