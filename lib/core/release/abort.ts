import { OnnwardError } from '../errors.ts';
import type { AbortDocument, EndDocument } from './documents.ts';
import { expire, isExpired } from './expire.ts';
import { confirmLive } from './live.ts';
import { recordEnd } from './record.ts';
import { type Decision, inWords, type Release, type ReleaseState } from './release.ts';
import { releaseStatus } from './releases.ts';
import { rollBackRelease } from './roll-back.ts';
import { writeDocument } from './store.ts';
import { decide } from './waits.ts';
import type { ReleaseWorld } from './world.ts';

/**
 * Ends a release at once, whatever it does: a workflow that runs finds out at its next state. Throws `release.not_found`,
 * `release.ended`, also where it went live in the very moment.
 */
export async function abortRelease(
  world: ReleaseWorld,
  id: string,
  { actor, reason, by }: Pick<AbortDocument, 'actor' | 'reason' | 'by'>,
): Promise<EndDocument> {
  const { release } = await openStatus(world, id);
  await writeDocument(world.store, id, 'abort', { at: new Date(world.clock()).toISOString(), actor, reason, by });
  await rollBackRelease(world, release, {});
  const end = await recordEnd(world, release);
  if (end.state !== 'live') return end;
  await confirmLive(world, release);
  throw ended(id, end.state);
}

/**
 * Records what a person says of a release that waits; whoever calls runs its workflow again. Throws `release.not_found`,
 * `release.ended`, `release.no_wait`, `release.decided`, `release.expired` of a wait whose time is up: it is closed.
 */
export async function decideRelease(
  world: ReleaseWorld,
  id: string,
  said: Pick<Decision, 'decision' | 'actor' | 'reason'>,
): Promise<{ readonly release: Release; readonly decision: Decision }> {
  const status = await openStatus(world, id);
  const { release, state, wait } = status;
  if (state !== 'waiting' || !wait) throw noWait(id);
  if (isExpired(status, world.clock())) {
    await expire(world, status);
    throw expired(id, wait.expires);
  }
  const mine = { number: wait.number, ...said, at: new Date(world.clock()).toISOString() };
  const decision = await decide(world, id, mine);
  if (decision.decision !== said.decision) throw decidedBefore(id, decision);
  return { release, decision };
}

async function openStatus({ store }: ReleaseWorld, id: string) {
  const status = await releaseStatus(store, id);
  if (status.end) throw ended(id, status.end.state);
  return status;
}

const ended = (release: string, state: ReleaseState): OnnwardError =>
  new OnnwardError(`${release} has ended: it ${inWords(state)}.`, {
    code: 'release.ended',
    kind: 'conflict',
    fix:
      state === 'live' ? 'Run `onnward rollback NAME` to go back to the version before.' : 'Release the version again.',
    fields: { release, state },
  });

const expired = (release: string, expires: string): OnnwardError =>
  new OnnwardError(`${release} waited until ${expires}, and is closed.`, {
    code: 'release.expired',
    kind: 'conflict',
    fix: 'Release the version again.',
    fields: { release, expires },
  });

const noWait = (release: string): OnnwardError =>
  new OnnwardError(`${release} waits for nobody.`, {
    code: 'release.no_wait',
    kind: 'conflict',
    fix: `Run \`onnward watch ${release}\` to see where it stands.`,
    fields: { release },
  });

const decidedBefore = (release: string, { decision, actor, at }: Decision): OnnwardError =>
  new OnnwardError(`${actor} said ${decision} of ${release} before, at ${at}.`, {
    code: 'release.decided',
    kind: 'conflict',
    fields: { release, decision, actor, at },
  });
