import type { TaskAnswer } from './events.ts';
import type { Release } from './release.ts';
import { documentOf, readDocument } from './store.ts';
import { isSameTarget } from './traffic.ts';
import type { PublishDocument } from './documents.ts';
import type { ReleaseWorld } from './world.ts';

/** Makes what answers for the challenger, which nobody's request reaches yet. Throws `publish.*`, `aws.*`. */
export async function publishRelease(world: ReleaseWorld, release: Release): Promise<TaskAnswer> {
  const { release: id, model, version } = release;
  const { target, champion } = await documentOf(world.store, id, 'publish', async () => {
    const traffic = world.traffic(model);
    const live = await traffic.live();
    const published = await traffic.publish(version, id);
    return { target: published, ...(live && { champion: live.champion }) };
  });
  // Neither model, code nor settings differ from what is live: there is nothing to try.
  return { release: id, next: isSameTarget(target, champion) ? 'live' : 'warm up' };
}

/** Waits until the challenger has its model, and compares its answers with those recorded at registration. Throws `publish.*`. */
export async function warmUpRelease(world: ReleaseWorld, release: Release): Promise<TaskAnswer> {
  const { release: id, model, version } = release;
  await documentOf(world.store, id, 'warm-up', async () => {
    const { target } = await publishedOf(world, id);
    return world.traffic(model).warmUp(target, await world.registry.manifest(model, version));
  });
  return { release: id, next: 'shadow' };
}

/** What was published. A workflow comes here only behind that state. */
export async function publishedOf({ store }: Pick<ReleaseWorld, 'store'>, release: string): Promise<PublishDocument> {
  const published = await readDocument(store, release, 'publish');
  if (!published) throw new RangeError(`${release} has published nothing yet`);
  return published;
}
