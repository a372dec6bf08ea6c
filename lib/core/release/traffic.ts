import { OnnwardError } from '../errors.ts';
import type { LiveSplit, ObjectStore, Split, Target, Traffic } from '../ports.ts';
import type { AliasRecord } from '../registry/aliases.ts';
import type { Registry } from '../registry/registry.ts';
import type { Release } from './release.ts';
import { readDocument } from './store.ts';
import type { ReleaseWorld } from './world.ts';

/** How often a release tries again where somebody else moves `live` at the very same time. */
const ATTEMPTS = 5;

/** Whether somebody, or an alarm, has ended the release: from then on nothing may be sent to its challenger. */
export const isAborted = async (store: ObjectStore, release: string): Promise<boolean> =>
  (await readDocument(store, release, 'abort')) !== undefined;

/**
 * Divides live traffic, then writes the registry's record of it. What was aborted meanwhile is taken back at once.
 * Throws `release.traffic_moved` where `live` leads elsewhere than this release has it, `release.aborted`.
 */
export async function shiftTraffic(world: ReleaseWorld, release: Release, asked: Split): Promise<LiveSplit> {
  const split = withoutIdle(asked);
  if (await isAborted(world.store, release.release)) throw aborted(release.release);
  const traffic = world.traffic(release.model);
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const live = await traffic.live();
    await expectOurs(world, release, live);
    const shifted =
      live && isSameSplit(live, split) ? live : await traffic.shift(split, live?.revision ?? '', release.release);
    if (!shifted) continue;
    await recordSplit(world.registry, release.model, shifted, release.release);
    if (!(await isAborted(world.store, release.release))) return shifted;
    // Whoever aborted it may have looked before this was written.
    await sendBack(world, traffic, release.model, split.champion);
    throw aborted(release.release);
  }
  throw moved(release);
}

/** All traffic to one target again, whatever is there: one look, one write, then the record. Whether anything had to move. */
export async function sendBack(
  { registry }: Pick<ReleaseWorld, 'registry'>,
  traffic: Traffic,
  model: string,
  to: Target,
  release?: string,
): Promise<boolean> {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const live = await traffic.live();
    const split: Split = { champion: to, weight: 0 };
    const stands = live !== undefined && isSameSplit(live, split);
    const back = stands ? live : await traffic.shift(split, live?.revision ?? '', release ?? '');
    if (!back) continue;
    await recordSplit(registry, model, back, release);
    return !stands;
  }
  throw contended(model);
}

/** Brings the registry's record up to what traffic does; the alias of the function is the truth. */
export async function recordSplit(
  registry: Registry,
  model: string,
  { champion, challenger, weight }: Split,
  release?: string,
): Promise<void> {
  await registry.setReleased(model, 'live', {
    version: champion.version,
    target: champion.id,
    ...(challenger && { challenger: challenger.version, challengerTarget: challenger.id, weight }),
    ...(release !== undefined && { release }),
  });
}

/** The same after a crash, before anything else is done. A `live` that leads nowhere yet repairs nothing. */
export async function repairRecord(
  { registry, traffic }: Pick<ReleaseWorld, 'registry' | 'traffic'>,
  model: string,
): Promise<LiveSplit | undefined> {
  const live = await traffic(model).live();
  const record = live && (await registry.alias(model, 'live'));
  if (!live || !record) return live;
  if (isRecorded(record, live)) return live;
  await recordSplit(registry, model, live, record.release);
  return live;
}

/** A challenger without any traffic is none: neither Lambda's alias nor the server of a laptop keeps it. */
const withoutIdle = ({ champion, challenger, weight }: Split): Split =>
  challenger && weight > 0 ? { champion, challenger, weight } : { champion, weight: 0 };

/** A record that was made before targets were kept says nothing of them. */
const isRecorded = ({ version, target, challengerTarget, weight = 0 }: AliasRecord, live: LiveSplit): boolean =>
  version === live.champion.version &&
  (target ?? live.champion.id) === live.champion.id &&
  challengerTarget === live.challenger?.id &&
  weight === live.weight;

const isSameSplit = (one: Split, other: Split): boolean =>
  isSameTarget(one.champion, other.champion) &&
  isSameTarget(one.challenger, other.challenger) &&
  one.weight === other.weight;

export const isSameTarget = (one: Target | undefined, other: Target | undefined): boolean =>
  one?.id === other?.id && one?.version === other?.version;

/** Nobody but this release moves `live` while it is open; a person may by force, and that is theirs to keep. */
async function expectOurs({ store }: ReleaseWorld, release: Release, live: LiveSplit | undefined): Promise<void> {
  const published = await readDocument(store, release.release, 'publish');
  const ours = [published?.target, published?.champion].map((target) => target?.id);
  const found = [live?.champion, live?.challenger].flatMap((target) => target?.id ?? []);
  if (!found.every((id) => ours.includes(id))) throw moved(release);
}

const aborted = (release: string): OnnwardError =>
  new OnnwardError(`${release} was aborted.`, { code: 'release.aborted', kind: 'conflict', fields: { release } });

const moved = ({ release, model }: Release): OnnwardError =>
  new OnnwardError(`${model}@live was moved by somebody else while ${release} was under way.`, {
    code: 'release.traffic_moved',
    kind: 'conflict',
    fix: 'Look at what changed (`onnward history`), and release again.',
    fields: { release, model },
  });

const contended = (model: string): OnnwardError =>
  new OnnwardError(`${model}@live was changed by somebody else each time it was to be moved.`, {
    code: 'release.contended',
    kind: 'conflict',
    fix: 'Try it again.',
    fields: { model },
  });
