import { OnnwardError } from '../errors.ts';
import type { LiveSplit, ObjectStore, Split, Target, Traffic } from '../ports.ts';
import type { AliasRecord } from '../registry/aliases.ts';
import type { Registry } from '../registry/registry.ts';
import type { PublishDocument } from './documents.ts';
import type { Release } from './release.ts';
import { readDocument } from './store.ts';
import type { ReleaseWorld } from './world.ts';

/** How often a release tries again where somebody else moves `live` at the very same time. */
const ATTEMPTS = 5;

/** Whether a release ends without going live, whoever says so: from then on nothing may be sent to its challenger. */
export const isOver = async (store: ObjectStore, release: string): Promise<boolean> =>
  (await readDocument(store, release, 'abort')) !== undefined ||
  (await readDocument(store, release, 'roll-back')) !== undefined;

/**
 * Divides live traffic, then writes the registry's record of it. What ends a release is written before traffic is brought to
 * it, and is looked for here before traffic is moved and after: whichever of the two is later has the last word.
 * Throws `release.over`, `release.superseded` where a share is asked for and all traffic goes to the challenger already, and
 * `release.traffic_moved` where `live` leads elsewhere than this release has it.
 */
export async function shiftTraffic(world: ReleaseWorld, release: Release, asked: Split): Promise<LiveSplit> {
  const split = withoutIdle(asked);
  const published = await readDocument(world.store, release.release, 'publish');
  await expectOpen(world, release, split, published);
  const traffic = world.traffic(release.model);
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const live = await traffic.live();
    expectOurs(release, live, published);
    await expectOpen(world, release, split, published);
    const stands = live !== undefined && isSameSplit(live, split);
    const shifted = stands ? live : await traffic.shift(split, live?.revision ?? '', release.release);
    if (!shifted) continue;
    await recordSplit(world.registry, release.model, shifted, release.release);
    await expectOpen(world, release, split, published, () => undo(world, release, published));
    return shifted;
  }
  throw moved(release);
}

/** Throws where the release has come to something else than `split` meanwhile, once `undone`. */
async function expectOpen(
  { store }: ReleaseWorld,
  { release }: Release,
  split: Split,
  published: PublishDocument | undefined,
  undone: () => Promise<void> = () => Promise.resolve(),
): Promise<void> {
  const over = await isOver(store, release);
  const isShare = !isSameTarget(split.champion, published?.target);
  const superseded = !over && isShare && (await readDocument(store, release, 'live')) !== undefined;
  if (!over && !superseded) return;
  await undone();
  throw over ? ended(release) : late(release);
}

/** Brings traffic to what the release has come to. */
async function undo(
  world: ReleaseWorld,
  { release, model }: Release,
  published: PublishDocument | undefined,
): Promise<void> {
  const over = await isOver(world.store, release);
  const to = over ? published?.champion : published?.target;
  if (to) await sendBack(world, world.traffic(model), model, to, release);
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
async function recordSplit(
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
function expectOurs(release: Release, live: LiveSplit | undefined, published: PublishDocument | undefined): void {
  const ours = [published?.target, published?.champion].map((target) => target?.id);
  const found = [live?.champion, live?.challenger].flatMap((target) => target?.id ?? []);
  if (!found.every((id) => ours.includes(id))) throw moved(release);
}

const ended = (release: string): OnnwardError =>
  new OnnwardError(`${release} was ended.`, { code: 'release.over', kind: 'conflict', fields: { release } });

const late = (release: string): OnnwardError =>
  new OnnwardError(`${release} has sent all traffic to its challenger already.`, {
    code: 'release.superseded',
    kind: 'conflict',
    fields: { release },
  });

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
