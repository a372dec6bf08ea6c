import type { PublishDocument, RollBackDocument } from './documents.ts';
import type { RollBackInput, TaskAnswer } from './events.ts';
import type { Release } from './release.ts';
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

/** The same, for whoever knows why. The first reason stands. */
export const rollBack = (world: ReleaseWorld, release: Release, ending: Ending): Promise<RollBackDocument> =>
  documentOf(world.store, release.release, 'roll-back', async () => {
    const published = await readDocument(world.store, release.release, 'publish');
    const moved = published ? await restore(world, release, published) : false;
    const to = published?.champion;
    return { at: new Date(world.clock()).toISOString(), ...ending, moved, ...(to && { to }) };
  });

async function restore(world: ReleaseWorld, { model, release }: Release, published: PublishDocument): Promise<boolean> {
  const { target, champion } = published;
  if (isSameTarget(target, champion)) return false;
  const traffic = world.traffic(model);
  const live = await traffic.live();
  const isOurs = isSameTarget(live?.challenger, target) || isSameTarget(live?.champion, target);
  // Where it was sent back already, or somebody has moved it by force meanwhile, the record may still lack that.
  const moved = champion !== undefined && isOurs && (await sendBack(world, traffic, model, champion, release));
  if (!moved) await repairRecord(world, model);
  await traffic.withdraw(target).catch(() => undefined);
  return moved;
}

async function endingOf(world: ReleaseWorld, { release }: Release, input: RollBackInput): Promise<Ending> {
  const abort = await readDocument(world.store, release, 'abort');
  if (abort) return { state: 'aborted', reason: `${abort.actor} aborted it: ${abort.reason}` };
  const { failure, reason = 'It did not pass.', state } = input;
  if (failure) return { state: 'failed', reason: messageOf(failure) };
  return { state: state === 'rolled back' || state === 'expired' ? state : 'rejected', reason };
}

/** A function's error comes by its name, and with its message in JSON. */
function messageOf({ Error: name = 'Error', Cause: cause = '' }: NonNullable<RollBackInput['failure']>): string {
  try {
    const { errorMessage } = JSON.parse(cause) as { errorMessage?: unknown };
    if (typeof errorMessage === 'string') return `${name}: ${errorMessage}`;
  } catch {
    // The cause is the message itself.
  }
  return cause === '' ? name : `${name}: ${cause}`;
}
