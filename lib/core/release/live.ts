import type { LiveDocument, PublishDocument } from './documents.ts';
import type { TaskAnswer } from './events.ts';
import { publishedOf } from './publish.ts';
import type { Release } from './release.ts';
import { documentOf } from './store.ts';
import { isSameTarget, shiftTraffic } from './traffic.ts';
import type { ReleaseWorld } from './world.ts';

/** Sends all live traffic to the challenger; what was live becomes `previous`, to which a rollback leads. */
export async function goLive(world: ReleaseWorld, release: Release): Promise<TaskAnswer> {
  const { release: id } = release;
  await documentOf(world.store, id, 'live', async () => makeLive(world, release, await publishedOf(world, id)));
  return { release: id, next: 'record' };
}

async function makeLive(
  world: ReleaseWorld,
  release: Release,
  { target, champion }: PublishDocument,
): Promise<LiveDocument> {
  const { model, release: id } = release;
  const former = isSameTarget(target, champion) ? undefined : champion;
  if (former) {
    const why = `${id} goes live`;
    await world.registry.setReleased(model, 'previous', { version: former.version, target: former.id }, { why });
  }
  await shiftTraffic(world, release, { champion: target, weight: 0 });
  await retireOld(world, release, former ? [target, former] : [target]);
  return { at: new Date(world.clock()).toISOString(), target, ...(former && { former }) };
}

/** What nobody needs any more costs nothing, but counts against quotas: a failure is for the next release to mend. */
async function retireOld(
  world: ReleaseWorld,
  { model }: Release,
  keep: readonly PublishDocument['target'][],
): Promise<void> {
  await world
    .traffic(model)
    .retire(keep)
    .catch(() => []);
}
