import type { NewRelease } from './events.ts';
import { listReleases } from './releases.ts';
import type { ReleaseWorld } from './world.ts';

/**
 * Releases that should have begun by themselves and have not, as another one of the model was open when the version was
 * registered, or the event of it was lost: the latest version of each model, where none since it was released, or is live.
 */
export async function pendingReleases(world: ReleaseWorld): Promise<NewRelease[]> {
  const models = await world.registry.models();
  const found = await Promise.all(
    models.filter((model) => world.optionsOf(model).autoRelease).map((model) => pendingOf(world, model)),
  );
  return found.filter((request) => request !== undefined);
}

async function pendingOf({ store, registry }: ReleaseWorld, model: string): Promise<NewRelease | undefined> {
  const [versions, live, releases] = await Promise.all([
    registry.versions(model),
    registry.alias(model, 'live'),
    listReleases(store, model),
  ]);
  const latest = versions.at(-1) ?? 0;
  const isOpen = releases.some(({ end }) => !end);
  if (isOpen || latest <= Math.max(live?.version ?? 0, 0, ...releases.map(({ release }) => release.version)))
    return undefined;
  return { model: `${model}:${latest}`, trigger: 'registered', actor: 'registration' };
}
