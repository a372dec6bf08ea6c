import { readDocument, writeOnce } from '../documents.ts';
import { secondsOf } from '../duration.ts';
import { documentKey } from './keys.ts';
import type { Decision, Release, Wait } from './release.ts';
import type { ReleaseWorld } from './world.ts';

/** How long is waited for a person, where nobody says. */
const PATIENCE = '7d';

const waitKey = (release: string, number: number): string => documentKey(release, `waits/${number}`);
const decisionKey = (release: string, number: number): string => documentKey(release, `decisions/${number}`);

type Records = Pick<ReleaseWorld, 'store' | 'clock'>;

/** A wait, with what came of it. */
export interface Waited {
  readonly wait: Wait;
  /** @default - nobody has decided */
  readonly decision?: Decision;
}

/** All waits of a release, in order. */
export async function waitsOf({ store }: Pick<ReleaseWorld, 'store'>, release: string): Promise<Waited[]> {
  const waits: Waited[] = [];
  for (let number = 1; ; number++) {
    const wait = await readDocument<Wait>(store, waitKey(release, number));
    if (!wait) return waits;
    const decision = await readDocument<Decision>(store, decisionKey(release, number));
    waits.push({ wait, ...(decision && { decision }) });
  }
}

/**
 * What a person has said of the state `of`; where nobody was asked yet, somebody is from now on, and the answer is
 * undefined: the workflow stands still.
 */
export async function decided(
  world: Records,
  { release, options }: Release,
  { of, kind, reason }: Pick<Wait, 'of' | 'kind' | 'reason'>,
): Promise<Decision | undefined> {
  const waits = await waitsOf(world, release);
  const asked = waits.find(({ wait }) => wait.of === of);
  if (asked) return asked.decision;
  const now = world.clock();
  const patience = secondsOf((options.approval || undefined)?.expires ?? PATIENCE);
  const number = waits.length + 1;
  await writeOnce<Wait>(world.store, waitKey(release, number), {
    number,
    of,
    kind,
    reason,
    at: new Date(now).toISOString(),
    expires: new Date(now + patience * 1000).toISOString(),
  });
  return undefined;
}

/** A person's word on the wait that is open; the first one stands. */
export const decide = (
  { store }: Pick<ReleaseWorld, 'store'>,
  release: string,
  decision: Decision,
): Promise<Decision> => writeOnce(store, decisionKey(release, decision.number), decision);
