import { abortRelease, decideRelease } from '#core/release/abort.ts';
import { expireReleases } from '#core/release/expire.ts';
import { releaseStatus } from '#core/release/releases.ts';
import { rollBackModel } from '#core/release/roll-back-model.ts';
import type { ReleaseWorld } from '#core/release/world.ts';
import type { Command } from './events.ts';

/** Does what a person asks for; whoever decides on a wait runs the workflow again. Throws `release.*`, `rollback.*`, `aws.*`. */
export async function obey(world: ReleaseWorld, command: Command): Promise<object> {
  if (command.task === 'expire') return { expired: await expireReleases(world) };
  if (command.task === 'status') return releaseStatus(world.store, command.release);
  if (command.task === 'options') return world.optionsOf(command.model);
  const { actor, reason } = command;
  if (command.task === 'rollback') {
    return rollBackModel(world, command.model, { actor, reason, version: command.version });
  }
  if (command.task === 'abort') return abortRelease(world, command.release, { actor, reason, by: 'person' });
  return decideRelease(world, command.release, { decision: command.decision, actor, reason });
}
