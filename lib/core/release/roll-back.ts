import { messageOfCause } from '../named-error.ts';
import type { RollBackDocument } from './documents.ts';
import type { RollBackInput, TaskAnswer } from './events.ts';
import { restorePrevious } from './live.ts';
import type { Release } from './release.ts';
import { lastRelease } from './releases.ts';
import { documentOf, readDocument } from './store.ts';
import { isSameTarget, repairRecord, sendBack } from './traffic.ts';
import type { ReleaseWorld } from './world.ts';

/** Why a release ends without going live. */
type Ending = Pick<RollBackDocument, 'state' | 'reason'>;

/** Sends live traffic back to what was live, and lets go of the challenger. Nothing moves where nothing was sent to it. */
export async function rollBackRelease(
  world: ReleaseWorld,
  release: Release,
  input: RollBackInput,
): Promise<TaskAnswer> {
  await rollBack(world, release, await endingOf(world, release, input));
  return { release: release.release, next: 'record' };
}

/**
 * The same, for whoever knows why; the first reason stands. It is written first: a canary that comes late finds it. Traffic is
 * then looked at each time, for it may have been moved by one that came later still. What has ended is left as it is.
 */
export async function rollBack(world: ReleaseWorld, release: Release, ending: Ending): Promise<void> {
  const { release: id } = release;
  if (await isPast(world, release)) return;
  await documentOf(world.store, id, 'roll-back', async () => {
    const published = await readDocument(world.store, id, 'publish');
    const to = published?.champion;
    return { at: new Date(world.clock()).toISOString(), ...ending, ...(to && { to }) };
  });
  await restore(world, release);
}

/** Whether it went live, or another release of the model has begun since: then traffic is none of its business. */
async function isPast({ store }: ReleaseWorld, { release, model }: Release): Promise<boolean> {
  const end = await readDocument(store, release, 'end');
  if (!end) return false;
  return end.state === 'live' || (await lastRelease(store, model))?.release.release !== release;
}

/** Brings traffic and records to where they were before the release. It may be done at any time, and again. */
async function restore(world: ReleaseWorld, release: Release): Promise<void> {
  const { release: id, model } = release;
  const published = await readDocument(world.store, id, 'publish');
  if (!published || isSameTarget(published.target, published.champion)) return;
  const { target, champion } = published;
  const traffic = world.traffic(model);
  const live = await traffic.live();
  const isOurs = isSameTarget(live?.challenger, target) || isSameTarget(live?.champion, target);
  // Where it was sent back already, or somebody has moved it by force meanwhile, the record may still lack that.
  if (champion && isOurs) await sendBack(world, traffic, model, champion, id);
  else await repairRecord(world, model);
  await restorePrevious(world, release);
  await traffic.withdraw(target).catch(() => undefined);
}

async function endingOf(world: ReleaseWorld, { release }: Release, input: RollBackInput): Promise<Ending> {
  const abort = await readDocument(world.store, release, 'abort');
  if (abort) return { state: 'aborted', reason: `${abort.actor} aborted it: ${abort.reason}` };
  const { failure, reason = 'It did not pass.', state } = input;
  if (failure) return { state: 'failed', reason: messageOf(failure) };
  return { state: state === 'rolled back' || state === 'expired' ? state : 'rejected', reason };
}

function messageOf({ Error: name = 'Error', Cause: cause = '' }: NonNullable<RollBackInput['failure']>): string {
  const message = messageOfCause(cause) ?? cause;
  return message === '' ? name : `${name}: ${message}`;
}
