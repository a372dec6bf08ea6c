import { parseActionId } from '#core/monitoring/keys.ts';
import { actionLine } from './monitor-lines.ts';
import { openMonitorPlace } from './monitor-place.ts';
import { print, printJson } from './output.ts';
import { decideOn, reasonOf } from './release-decide.ts';

type Arguments = Parameters<typeof decideOn>[1];

/** Records what a person says of a release that waits, or of an action of monitoring, by its id. */
export async function decideOnEither(decision: 'approve' | 'reject', args: Arguments): Promise<void> {
  if (!parseActionId(args.release)) return decideOn(decision, args);
  const reason = reasonOf(decision, args);
  const place = await openMonitorPlace(args);
  const status = await place.decide(args.release, { decision, reason });
  if (args.json) printJson(status);
  else print(actionLine(status));
}
