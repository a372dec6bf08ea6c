import { OnnwardError } from '../../errors.ts';
import type { LiveSplit } from '../../ports.ts';
import type { PublishDocument } from '../documents.ts';
import type { TaskAnswer } from '../events.ts';
import { publishedOf } from '../publish.ts';
import type { Release } from '../release.ts';
import { documentOf, readDocument } from '../store.ts';
import { isOver, shiftTraffic } from '../traffic.ts';
import { decided } from '../waits.ts';
import type { ReleaseWorld } from '../world.ts';
import type { CanaryDocument } from './documents.ts';
import { lookAt } from './look.ts';
import { type CanaryMove, nextMove } from './plan.ts';
import { holdOf, readCanary, type CanaryRecords, writeBegan, writeEnded, writeLook } from './records.ts';

/**
 * Takes a canary one piece further, and says what is next: `bake` with the seconds until the next look, `live`, `wait` for
 * a person, or `roll back`. It may be called at any time, and again after it was killed anywhere. Throws
 * `release.traffic_moved`, and what `Traffic` throws.
 */
export async function runCanary(world: ReleaseWorld, release: Release): Promise<TaskAnswer> {
  const { release: id, model, options } = release;
  for (;;) {
    if (await isOver(world.store, id)) return { release: id, next: 'roll back' };
    if (await readDocument(world.store, id, 'live')) return { release: id, next: 'live' };
    const records = await readCanary(world.store, release);
    const { lagSeconds } = world.traffic(model);
    const move = nextMove(options, records, { now: world.clock(), lagSeconds });
    const answer = await unlessOver(() => make(world, release, records, move));
    if (answer) return answer;
  }
}

/** What ended meanwhile is found out when it is looked at again. */
async function unlessOver<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof OnnwardError && OVER.has(error.code)) return undefined;
    throw error;
  }
}

const OVER = new Set(['release.over', 'release.superseded']);

/** Undefined where there is more to do at once: what was done is recorded, and leads on. */
async function make(
  world: ReleaseWorld,
  release: Release,
  records: CanaryRecords,
  move: CanaryMove,
): Promise<TaskAnswer | undefined> {
  const { release: id } = release;
  if (move.do === 'bake') return { release: id, next: 'bake', seconds: move.seconds };
  if (move.do === 'go live') return { release: id, next: 'live' };
  if (move.do === 'roll back') return { release: id, next: 'roll back', state: move.state, reason: move.reason };
  if (move.do === 'hold') return hold(world, release, move);
  if (move.do === 'open') await open(world, release);
  else if (move.do === 'begin') await begin(world, release, move);
  else if (move.do === 'look') await look(world, release, records, move);
  else await writeEnded(world.store, id, move.step, { at: new Date(world.clock()).toISOString(), ...move.ended });
  return undefined;
}

type Move<Does extends CanaryMove['do']> = Extract<CanaryMove, { readonly do: Does }>;

/** What is raised before the first request is not the challenger's doing. */
const open = (world: ReleaseWorld, { release, model, options }: Release): Promise<CanaryDocument> =>
  documentOf(world.store, release, 'canary', async () => {
    const { champion } = await publishedOf(world, release);
    const steps = options.canary?.length ?? 0;
    const reason = champion
      ? steps > 0
        ? 'The champion is live.'
        : 'Not applicable: the options have no canary.'
      : 'Not applicable: nothing is live to compare with.';
    const applicable = champion !== undefined && steps > 0;
    const alarms = applicable ? await world.traffic(model).alarms() : [];
    return { at: new Date(world.clock()).toISOString(), applicable, reason, steps, alarms };
  });

/** The step counts from when the traffic had moved: killed in between, it counts from when it is found so. */
async function begin(world: ReleaseWorld, release: Release, { step, plan }: Move<'begin'>): Promise<void> {
  await shift(world, release, plan.weight);
  await writeBegan(world.store, release.release, step, { at: new Date(world.clock()).toISOString(), ...plan });
}

async function look(
  world: ReleaseWorld,
  release: Release,
  { began: canary, steps }: CanaryRecords,
  { step, look: due }: Move<'look'>,
): Promise<void> {
  const { began, looks } = steps[step] ?? { looks: [] };
  if (!canary || !began) throw new RangeError(`step ${step} of ${release.release} has not begun`);
  const { split, published } = await shift(world, release, began.weight);
  const found = await lookAt(world, release, { canary, began, looks, split, published }, due);
  await writeLook(world.store, release.release, step, found);
}

/** Nothing is sent to the challenger before anybody is asked. */
async function hold(
  world: ReleaseWorld,
  release: Release,
  { step, reason }: Move<'hold'>,
): Promise<TaskAnswer | undefined> {
  await shift(world, release, 0);
  const decision = await decided(world, release, { of: holdOf(step), kind: 'hold', reason });
  return decision ? undefined : { release: release.release, next: 'wait', reason };
}

/** Traffic as the release has it; nothing moves where it is so. */
async function shift(
  world: ReleaseWorld,
  release: Release,
  weight: number,
): Promise<{ split: LiveSplit; published: Required<PublishDocument> }> {
  const { target, champion } = await publishedOf(world, release.release);
  if (!champion) throw new RangeError(`${release.release} has no champion`);
  const split = await shiftTraffic(world, release, { champion, challenger: target, weight });
  return { split, published: { target, champion } };
}
