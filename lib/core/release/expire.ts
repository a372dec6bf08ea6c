import type { ReleaseWorld } from './world.ts';
import { recordEnd } from './record.ts';
import { listReleases, releaseStatus, type ReleaseStatus } from './releases.ts';
import { rollBack } from './roll-back.ts';

/** Whether nobody has decided in time. */
export const isExpired = ({ state, wait }: ReleaseStatus, now: number): boolean =>
  state === 'waiting' && wait !== undefined && Date.parse(wait.expires) <= now;

/** Closes a release that nobody has decided on in time: nothing was sent to its challenger while it waited. */
export async function expire(world: ReleaseWorld, { release, wait }: ReleaseStatus): Promise<void> {
  const reason = `Nobody decided until ${wait?.expires}: ${wait?.reason}`;
  if ((await releaseStatus(world.store, release.release)).state !== 'waiting') return; // decided in the last moment
  await rollBack(world, release, { state: 'expired', reason });
  await recordEnd(world, release);
}

/** Closes all of them; their ids. */
export async function expireReleases(world: ReleaseWorld): Promise<string[]> {
  const now = world.clock();
  const expired = (await listReleases(world.store)).filter((status) => isExpired(status, now));
  for (const status of expired) await expire(world, status);
  return expired.map(({ release }) => release.release);
}
