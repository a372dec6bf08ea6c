import type { MonitorWorld } from '../monitor/world.ts';
import { type ActionStatus, listActions } from './actions.ts';
import { type Alarm, readAlarm } from './alarm.ts';
import { act } from './act.ts';
import { carryOut } from './carry-out.ts';

/** What was told of an alarm and not acted on for so long was left by somebody who has died, ms. */
const LEFT_MS = 15 * 60_000;

/** Of the last actions; older ones have come to their ends. */
const LOOKED_AT = 10;

/**
 * Finishes what was left in the middle, and closes what nobody has decided in time: alarms that were told of and not acted
 * on, actions without an end. The actions that it has brought to an end.
 */
export async function settleActions(world: MonitorWorld, model: string): Promise<readonly ActionStatus[]> {
  await actOnLeft(world, model);
  const settled: ActionStatus[] = [];
  const [last, ...before] = await listActions(world.store, model, LOOKED_AT);
  if (!last) return settled;
  // Of the last one also the record in the history may be missing.
  for (const status of [...before.filter(({ end }) => !end).reverse(), last]) {
    const after = await carryOut(world, status, { tell: false });
    if (after.end && !status.end) settled.push(after);
  }
  return settled;
}

async function actOnLeft(world: MonitorWorld, model: string): Promise<void> {
  for (const about of ['accuracy', 'quality', 'drift'] as const) {
    if (!world.models[model]?.watch[about]) continue;
    const there = await readAlarm(world.store, model, about);
    if (!there || there.record.acted || world.clock() - Date.parse(there.record.at) < LEFT_MS) continue;
    const { state, cause, told, reason, at } = there.record;
    const alarm: Alarm = { model, about, state, cause, told, reason, at: Date.parse(at) };
    await act(world, alarm);
  }
}
