import { writeOnce } from '../../documents.ts';
import { OnnwardError } from '../../errors.ts';
import { actionKey, parseActionId } from '../keys.ts';
import type { ActionDecision } from '../monitor/documents.ts';
import type { MonitorWorld } from '../monitor/world.ts';
import { type ActionStatus, actionStatus } from './actions.ts';
import { carryOut, expiryOf } from './carry-out.ts';

/**
 * Records what a person says of an action that waits, and does it; the first word stands. Said again, it goes on with it.
 * Throws `action.not_found`, `action.not_waiting`, `action.decided`.
 */
export async function decideAction(
  world: MonitorWorld,
  id: string,
  said: Pick<ActionDecision, 'decision' | 'actor' | 'reason'>,
): Promise<ActionStatus> {
  const status = await actionStatus(world.store, id);
  const { request } = status;
  if (request.kind !== 'approve') throw notWaiting(status, `it is a ${request.kind}, and asks nobody`);
  if (status.end && !status.decision) throw notWaiting(status, 'nobody has decided in time');
  if (!status.decision && world.clock() >= expiryOf(request)) {
    await carryOut(world, status, { tell: false });
    throw notWaiting(status, 'nobody has decided in time');
  }
  const number = parseActionId(id)?.number ?? 0;
  const mine: ActionDecision = { ...said, at: new Date(world.clock()).toISOString() };
  const decision = await writeOnce(world.store, actionKey(request.model, number, 'decision'), mine);
  if (decision.decision !== said.decision) throw decided(id, decision);
  return carryOut(world, { ...status, decision, state: status.end?.state ?? 'open' }, { tell: false });
}

const notWaiting = ({ request: { action, model } }: ActionStatus, why: string): OnnwardError =>
  new OnnwardError(`${action} waits for nobody: ${why}.`, {
    code: 'action.not_waiting',
    kind: 'conflict',
    fix: `Run \`onnward monitor ${model}\` to see how it stands.`,
    fields: { action, model },
  });

const decided = (action: string, { decision, actor, at, reason }: ActionDecision): OnnwardError =>
  new OnnwardError(`${actor} said ${decision} of ${action} at ${at}: ${reason}`, {
    code: 'action.decided',
    kind: 'conflict',
    fix: 'The first word stands: train by hand with `onnward train`.',
    fields: { action, decision, actor },
  });
