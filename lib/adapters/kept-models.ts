import type { Manifest } from '#core/model/manifest.ts';
import type { LoadedModel } from '#core/ports.ts';

/** Keeps the `most` versions in memory that were asked for last: shards of one job come one after the other. */
export function keepModels(
  load: (manifest: Manifest) => Promise<LoadedModel>,
  most = 1,
): (manifest: Manifest) => Promise<LoadedModel> {
  const kept = new Map<string, Promise<LoadedModel>>();
  return async (manifest) => {
    const of = `${manifest.name}:${manifest.version}`;
    const there = kept.get(of);
    if (there) {
      kept.delete(of);
      kept.set(of, there);
      return there;
    }
    const [eldest] = kept.size >= most ? kept : [];
    if (eldest) kept.delete(eldest[0]);
    const model = load(manifest);
    kept.set(of, model);
    model.catch(() => kept.get(of) === model && kept.delete(of));
    // Its memory is free before the next one's is taken, where a run of it is not under way.
    await eldest?.[1].then((loaded) => loaded.close()).catch(() => undefined);
    return model;
  };
}
