import { placeOf } from '../../scoring/place.ts';
import type { TaskAnswer } from '../events.ts';
import { expectResolvable } from '../gates/resolvable.ts';
import type { Release } from '../release.ts';
import { readDocument } from '../store.ts';
import type { ReleaseWorld } from '../world.ts';
import { evaluationOf } from './evaluation.ts';
import { shardsKey } from './keys.ts';
import { makePlan } from './make-plan.ts';

/**
 * Plans how the held-out rows are scored, or finds that it is planned; on to the gates where there is nothing to score, or
 * all of it is reduced. Throws `evaluation.*`, `input.*`, and `release.unresolvable` where the rows are too few for a gate.
 */
export async function planEvaluation(world: ReleaseWorld, release: Release): Promise<TaskAnswer> {
  const id = release.release;
  const evaluation = await evaluationOf(world, release);
  if (!evaluation || (await readDocument(world.store, id, 'evaluation'))) return { release: id, next: 'gates' };
  await makePlan(world, evaluation, (rows) => expectResolvable(release.options, rows));
  const list = placeOf(world.store.url, shardsKey(id));
  return { release: id, next: 'score', list, concurrency: world.concurrency };
}
