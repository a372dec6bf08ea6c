import type { Manifest } from '#core/model/manifest.ts';
import type { LoadedModel } from '#core/ports.ts';

/** Keeps the version in memory that was asked for last: shards of one job come one after the other. */
export function keepModels(
  load: (manifest: Manifest) => Promise<LoadedModel>,
): (manifest: Manifest) => Promise<LoadedModel> {
  let kept: { readonly of: string; readonly model: Promise<LoadedModel> } | undefined;
  return async (manifest) => {
    const of = `${manifest.name}:${manifest.version}`;
    if (kept?.of === of) return kept.model;
    const former = kept;
    const model = load(manifest);
    kept = { of, model };
    model.catch(() => (kept = kept?.model === model ? undefined : kept));
    // Its memory is free before the next one's is taken, where a run of it is not under way.
    await former?.model.then((loaded) => loaded.close()).catch(() => undefined);
    return model;
  };
}
