import { sha256 } from '../registry/document.ts';
import type { EndDocument } from './documents.ts';
import { releasePrefix } from './keys.ts';
import type { TaskAnswer } from './events.ts';
import { writeCard } from './card/write-card.ts';
import { inWords, type Release } from './release.ts';
import { readDocument, writeDocument } from './store.ts';
import { waitsOf } from './waits.ts';
import type { ReleaseWorld } from './world.ts';

/** Ends a release: its record in the model's history with the hashes of all evidence, the model card, and the news of it. */
export async function recordRelease(world: ReleaseWorld, release: Release): Promise<TaskAnswer> {
  const { state } = await recordEnd(world, release);
  return { release: release.release, next: 'end', state };
}

export async function recordEnd(world: ReleaseWorld, release: Release): Promise<EndDocument> {
  const { release: id } = release;
  const there = await readDocument(world.store, id, 'end');
  if (there) return there;
  const end = await endOf(world, release);
  await recordHistory(world, release, end);
  await writeCard(world, release, end);
  const ended = await writeDocument(world.store, id, 'end', end);
  await tell(world, release, ended);
  return ended;
}

async function endOf({ store, clock }: ReleaseWorld, { release }: Release): Promise<EndDocument> {
  const at = new Date(clock()).toISOString();
  const back = await readDocument(store, release, 'roll-back');
  if (back) return { at, state: back.state, reason: back.reason };
  const live = await readDocument(store, release, 'live');
  const held = (await waitsOf({ store }, release)).findLast(({ wait }) => wait.kind === 'hold')?.decision;
  if (held) return { at, state: 'live', reason: `It was held, and ${held.actor} approved it: ${held.reason}` };
  if (live?.former) return { at, state: 'live', reason: 'It passed every gate, and answers all live traffic.' };
  const published = await readDocument(store, release, 'publish');
  const reason = published?.champion
    ? 'It was live already: nothing has changed.'
    : 'It passed every gate, and is the first to go live.';
  return { at, state: 'live', reason };
}

async function recordHistory({ registry, store }: ReleaseWorld, release: Release, end: EndDocument): Promise<void> {
  const { release: id, model, version, manifest, actor, at, why, champion } = release;
  const entry = {
    action: 'release',
    actor,
    ...(why !== undefined && { why }),
    release: id,
    version,
    manifest,
    ...(champion !== undefined && { champion }),
    state: end.state,
    reason: end.reason,
    evidence: await evidenceOf(store, id),
  };
  await registry.record(model, entry, {
    since: at,
    isSame: (record) => record.action === 'release' && record['release'] === id,
  });
}

/** SHA-256 of every document but the rows of the evaluation, which its report stands for, by its name. */
async function evidenceOf(store: ReleaseWorld['store'], release: string): Promise<Record<string, string>> {
  const prefix = releasePrefix(release);
  const evidence: Record<string, string> = {};
  for await (const { key } of store.list(prefix)) {
    const [, name] = /^(?!evaluation\/|traffic\/|end\.)(.+)\.json$/.exec(key.slice(prefix.length)) ?? [];
    const stored = name === undefined ? undefined : await store.get(key);
    if (name !== undefined && stored) evidence[name] = sha256(stored.bytes);
  }
  return evidence;
}

/** Nothing depends on whoever reads it. */
async function tell(
  world: ReleaseWorld,
  { release, model, version }: Release,
  { state, reason }: EndDocument,
): Promise<void> {
  await world
    .notify({ release, model, version, state, message: `${model}:${version} ${inWords(state)}: ${reason}` })
    .catch(() => undefined);
}
