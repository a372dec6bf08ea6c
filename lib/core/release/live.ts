import type { Target } from '../ports.ts';
import { OnnwardError } from '../errors.ts';
import type { LiveDocument, PublishDocument } from './documents.ts';
import type { TaskAnswer } from './events.ts';
import { publishedOf } from './publish.ts';
import type { Release } from './release.ts';
import { documentOf, readDocument } from './store.ts';
import { isSameTarget, sendBack, shiftTraffic } from './traffic.ts';
import type { ReleaseWorld } from './world.ts';

/**
 * Sends all live traffic to the challenger; what was live becomes `previous`, to which a rollback leads. That it is decided is
 * written first, so that whoever takes it up again, or comes late with a share of the traffic, brings it to the same end.
 */
export async function goLive(world: ReleaseWorld, release: Release): Promise<TaskAnswer> {
  const { release: id } = release;
  if (await readDocument(world.store, id, 'end')) return { release: id, next: 'record' };
  const published = await publishedOf(world, id);
  const decided = await documentOf(world.store, id, 'live', () => decide(world, release, published));
  try {
    await makeLive(world, release, decided);
  } catch (error) {
    if (error instanceof OnnwardError && error.code === 'release.over') return { release: id, next: 'roll back' };
    throw error;
  }
  return { release: id, next: 'record' };
}

async function decide(
  { clock, registry }: ReleaseWorld,
  { model }: Release,
  { target, champion }: PublishDocument,
): Promise<LiveDocument> {
  const former = isSameTarget(target, champion) ? undefined : champion;
  const record = await registry.alias(model, 'previous');
  const previous = record?.target === undefined ? undefined : { version: record.version, id: record.target };
  const at = new Date(clock()).toISOString();
  return { at, target, ...(former && { former }), ...(previous && { previous }) };
}

/** `previous` leads to what is live before that is left: a rollback is possible at any moment. */
async function makeLive(
  world: ReleaseWorld,
  release: Release,
  { target, former, previous }: LiveDocument,
): Promise<void> {
  if (former) await setPrevious(world, release, former, `${release.release} goes live`);
  await shiftTraffic(world, release, { champion: target, weight: 0 });
  await retireOld(world, release, [target, ...(former ? [former] : previous ? [previous] : [])]);
}

/** Where a release does not go live after all, what was `previous` is that again. */
export async function restorePrevious(world: ReleaseWorld, release: Release): Promise<void> {
  const { release: id, model } = release;
  const decided = await readDocument(world.store, id, 'live');
  if (!decided?.former || !decided.previous) return;
  const record = await world.registry.alias(model, 'previous');
  if (record?.release === id) await setPrevious(world, release, decided.previous, `${id} did not go live`);
}

async function setPrevious(
  { registry }: ReleaseWorld,
  { model, release }: Release,
  to: Target,
  why: string,
): Promise<void> {
  await registry.setReleased(model, 'previous', { version: to.version, target: to.id, release }, { why });
}

/** Once its end says that it is live, whatever was moved in that very moment by one who wanted to end it. */
export async function confirmLive(world: ReleaseWorld, release: Release): Promise<void> {
  const decided = await readDocument(world.store, release.release, 'live');
  if (!decided) return;
  const { target, former } = decided;
  if (former) await setPrevious(world, release, former, `${release.release} is live`);
  await sendBack(world, world.traffic(release.model), release.model, target, release.release);
}

/** What nobody needs any more costs nothing, but counts against quotas: a failure is for the next release to mend. */
async function retireOld(world: ReleaseWorld, { model }: Release, keep: readonly Target[]): Promise<void> {
  await world
    .traffic(model)
    .retire(keep)
    .catch(() => []);
}
