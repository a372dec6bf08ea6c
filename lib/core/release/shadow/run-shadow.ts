import type { TaskAnswer } from '../events.ts';
import type { Release } from '../release.ts';
import { readDocument, writeDocument } from '../store.ts';
import { isOver } from '../traffic.ts';
import { decided } from '../waits.ts';
import type { ReleaseWorld } from '../world.ts';
import { chooseRequests, findRequests } from './chosen.ts';
import { type Comparable, comparableOf, type Incomparable } from './comparable.ts';
import type { ShadowChunk, ShadowDocument, ShadowPlan } from './documents.ts';
import { readChunks, shadowPlan, writeChunk } from './records.ts';
import { chunkSize, replay } from './replay.ts';
import { shadowReport } from './report.ts';
import { type ShadowSettings, shadowSettings } from './settings.ts';
import { ShadowCount } from './tally.ts';

/** Resolves after so many milliseconds. */
type Pause = (ms: number) => Promise<void>;

const pause: Pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * Asks the published challenger what the champion has answered before, and compares; no client's request reaches it. One
 * call asks for half a minute, and answers `shadow` where there is more: what was asked is not asked again. Then `canary`,
 * `roll back`, or `wait` for a person.
 */
export async function runShadow(world: ReleaseWorld, release: Release, wait: Pause = pause): Promise<TaskAnswer> {
  const { release: id, options } = release;
  if (!options.shadow) return { release: id, next: 'canary' };
  if (await isOver(world.store, id)) return { release: id, next: 'roll back' };
  const done = (await readDocument(world.store, id, 'shadow')) ?? (await advance(world, release, wait));
  return done ? answerOf(world, release, done) : { release: id, next: 'shadow' };
}

async function answerOf(
  world: ReleaseWorld,
  release: Release,
  { verdict, reason }: ShadowDocument,
): Promise<TaskAnswer> {
  const { release: id } = release;
  if (verdict === 'promote') return { release: id, next: 'canary' };
  if (verdict === 'reject') return { release: id, next: 'roll back', state: 'rejected', reason };
  const decision = await decided(world, release, { of: 'shadow', kind: 'hold', reason });
  if (!decision) return { release: id, next: 'wait', reason };
  if (decision.decision === 'approve') return { release: id, next: 'canary' };
  return { release: id, next: 'roll back', state: 'rejected', reason: decision.reason };
}

/** Asks some of what is left, and reports when nothing is; undefined as long as there is more. */
async function advance(world: ReleaseWorld, release: Release, wait: Pause): Promise<ShadowDocument | undefined> {
  const { release: id } = release;
  const settings = shadowSettings(release.options);
  const comparable = await comparableOf(world, release);
  if ('verdict' in comparable) return record(world, id, without(comparable));
  const plan = await planOf(world, release, settings, comparable.championVersion);
  const chunks = await readChunks(world.store, id);
  if (!isDone(plan, chunks)) {
    const chunk = await askSome(world, release, plan, chunks.at(-1)?.to ?? 0, { comparable, settings, wait });
    chunks.push(await writeChunk(world.store, id, chunks.length + 1, chunk));
    if (!isDone(plan, chunks)) return undefined;
  }
  const count = new ShadowCount();
  for (const { tally } of chunks) count.merge(tally);
  return record(world, id, shadowReport(count.toJSON(), comparable.scale, settings));
}

/** One error is enough to know. */
const isDone = ({ digests }: ShadowPlan, chunks: readonly ShadowChunk[]): boolean =>
  (chunks.at(-1)?.to ?? 0) >= digests.length || chunks.some(({ tally }) => tally.errors > 0);

const record = (
  { store, clock }: ReleaseWorld,
  release: string,
  found: Omit<ShadowDocument, 'at' | 'format'>,
): Promise<ShadowDocument> =>
  writeDocument(store, release, 'shadow', { format: 1, at: new Date(clock()).toISOString(), ...found });

function without({ verdict, sentence }: Incomparable): Omit<ShadowDocument, 'at' | 'format'> {
  const said = verdict === 'promote' ? 'not applicable' : 'inconclusive';
  const results = [{ name: 'recorded requests', verdict: said, sentence, numbers: {} } as const];
  return { verdict, reason: `Shadow: ${sentence}`, results };
}

const planOf = (
  world: ReleaseWorld,
  { release, model, options }: Release,
  { requests }: ShadowSettings,
  champion: number,
): Promise<ShadowPlan> =>
  shadowPlan(world.store, release, async () => {
    const recorded = world.recorded(model, (options.shadow || undefined)?.data);
    const digests = await chooseRequests(recorded, champion, requests);
    return { at: new Date(world.clock()).toISOString(), digests };
  });

interface Asking {
  readonly comparable: Comparable;
  readonly settings: ShadowSettings;
  readonly wait: Pause;
}

async function askSome(
  world: ReleaseWorld,
  { model, options }: Release,
  { digests }: ShadowPlan,
  from: number,
  { comparable, settings: { rate }, wait }: Asking,
): Promise<ShadowChunk> {
  const recorded = world.recorded(model, (options.shadow || undefined)?.data);
  const requests = await findRequests(recorded, digests, from, Math.min(digests.length, from + chunkSize(rate)));
  const asked = { ...comparable, traffic: world.traffic(model), rate, now: world.now, wait };
  const { count, done } = await replay(asked, requests);
  return { from, to: from + done, tally: count.toJSON() };
}
