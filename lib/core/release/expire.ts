import type { ReleaseWorld } from './world.ts';
import { recordEnd } from './record.ts';
import { lastRelease, releaseStatus, type ReleaseStatus } from './releases.ts';
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

/** Closes all of them, and gives their ids. One that cannot be closed keeps none of the others open: it is thrown behind them. */
export async function expireReleases(world: ReleaseWorld): Promise<string[]> {
  const tried = await Promise.allSettled((await world.registry.models()).map((model) => expireLast(world, model)));
  const failed = tried.find(({ status }) => status === 'rejected') as PromiseRejectedResult | undefined;
  if (failed) throw failed.reason;
  return tried.flatMap((result) => (result.status === 'fulfilled' && result.value ? [result.value] : []));
}

/** Only the last release of a model can be open. */
async function expireLast(world: ReleaseWorld, model: string): Promise<string | undefined> {
  const last = await lastRelease(world.store, model);
  if (!last || !isExpired(last, world.clock())) return undefined;
  await expire(world, last);
  return last.release.release;
}
