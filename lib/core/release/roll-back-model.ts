import { OnnwardError } from '../errors.ts';
import type { LiveSplit, Target } from '../ports.ts';
import { abortRelease } from './abort.ts';
import { lastRelease } from './releases.ts';
import { isSameTarget, sendBack } from './traffic.ts';
import type { ReleaseWorld } from './world.ts';

export interface RolledBack {
  readonly model: string;
  readonly from: Target;
  readonly to: Target;
  /** Milliseconds from the call until `live` pointed there. */
  readonly ms: number;
}

const ATTEMPTS = 3;

export interface RollBackOptions {
  readonly actor: string;
  readonly reason: string;
  /** The version that is to be live, alone, until then: what is asked twice is done once. @default - any */
  readonly version?: number | undefined;
}

/**
 * Sends all traffic back: to the champion while a canary is under way, else to `previous`. Two reads and one write, and
 * nothing is waited for; what it means for records and releases comes after, and what a release has moved meanwhile is
 * moved back once more. Throws `rollback.nothing`, `rollback.moved`, `rollback.contended`.
 */
export async function rollBackModel(
  world: ReleaseWorld,
  model: string,
  { actor, reason, version }: RollBackOptions,
): Promise<RolledBack> {
  const started = world.now();
  const at = new Date(world.clock()).toISOString();
  const { from, live } = await pointBack(world, model, version);
  const ms = Math.round(world.now() - started);
  const to = live.champion;
  await endOpen(world, model, { actor, reason });
  // Nobody moves it any more but by hand: the release that was open has ended.
  await sendBack(world, world.traffic(model), model, to);
  const entry = { action: 'rollback', actor, why: reason, from: from.version, to: to.version, target: to.id };
  await world.registry.record(model, entry, { since: at, isSame: () => false });
  return { model, from, to, ms };
}

/** A release that goes on would divide traffic again. One that has gone live in the very moment has ended, too. */
async function endOpen(
  world: ReleaseWorld,
  model: string,
  said: { readonly actor: string; readonly reason: string },
): Promise<void> {
  const open = await lastRelease(world.store, model);
  if (!open || open.end) return;
  try {
    await abortRelease(world, open.release.release, { ...said, by: 'person' });
  } catch (error) {
    if (!(error instanceof OnnwardError) || error.code !== 'release.ended') throw error;
  }
}

async function pointBack(
  world: ReleaseWorld,
  model: string,
  version: number | undefined,
): Promise<{ from: Target; live: LiveSplit }> {
  const traffic = world.traffic(model);
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const [live, previous] = await Promise.all([traffic.live(), world.registry.alias(model, 'previous')]);
    if (!live) throw nothing(model);
    if (version !== undefined && (live.challenger || live.champion.version !== version)) throw moved(model, version);
    const before = previous?.target === undefined ? undefined : { version: previous.version, id: previous.target };
    const to = live.challenger ? live.champion : before;
    if (!to || (!live.challenger && isSameTarget(to, live.champion))) throw nothing(model);
    const back = await traffic.shift({ champion: to, weight: 0 }, live.revision, '');
    if (back) return { from: live.challenger ?? live.champion, live: back };
  }
  throw contended(model);
}

const nothing = (model: string): OnnwardError =>
  new OnnwardError(`${model} has no version to go back to.`, {
    code: 'rollback.nothing',
    kind: 'conflict',
    fix: `Run \`onnward history ${model}\`, and release the version that you want.`,
    fields: { model },
  });

const moved = (model: string, version: number): OnnwardError =>
  new OnnwardError(`${model}:${version} is not what answers all live traffic any more.`, {
    code: 'rollback.moved',
    kind: 'conflict',
    fix: `Run \`onnward history ${model}\` to see who has moved it.`,
    fields: { model, version },
  });

const contended = (model: string): OnnwardError =>
  new OnnwardError(`${model}@live was moved by somebody else each time it was to be rolled back.`, {
    code: 'rollback.contended',
    kind: 'conflict',
    fix: 'Run it again.',
    fields: { model },
  });
