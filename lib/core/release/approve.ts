import type { GatesDocument } from './documents.ts';
import type { TaskAnswer } from './events.ts';
import type { Release } from './release.ts';
import { reasonOf } from './verify.ts';
import { decided } from './waits.ts';
import type { ReleaseWorld } from './world.ts';

/** Where a release goes once its gates have said what they say; a person is asked where they hold, or where the options want it. */
export async function afterGates(
  world: ReleaseWorld,
  release: Release,
  { verdict, results }: GatesDocument,
): Promise<TaskAnswer> {
  const { release: id, options } = release;
  if (verdict === 'reject') return { release: id, next: 'roll back', state: 'rejected', reason: reasonOf(results) };
  if (verdict === 'promote' && !options.approval) return { release: id, next: 'publish' };
  const asked =
    verdict === 'hold'
      ? ({ of: 'gates', kind: 'hold', reason: reasonOf(results) } as const)
      : ({ of: 'gates', kind: 'approval', reason: 'All gates pass, and a person is to approve it.' } as const);
  const decision = await decided(world, release, asked);
  if (!decision) return { release: id, next: 'wait', reason: asked.reason };
  if (decision.decision === 'approve') return { release: id, next: 'publish' };
  return {
    release: id,
    next: 'roll back',
    state: 'rejected',
    reason: `${decision.actor} rejected it: ${decision.reason}`,
  };
}
