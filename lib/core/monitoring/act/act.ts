import { writeOnce } from '../../documents.ts';
import { lastTraining } from '../../training/trainings.ts';
import { actionId, actionKey, parseActionId } from '../keys.ts';
import type { ActionRequest, AlarmRecord } from '../monitor/documents.ts';
import { lastWindows } from '../monitor/last-windows.ts';
import { metricsOf } from '../monitor/metrics-of.ts';
import type { MonitorWorld } from '../monitor/world.ts';
import { type ActionStatus, listActions } from './actions.ts';
import { type Alarm, recordAlarm, settleAlarm } from './alarm.ts';
import { carryOut } from './carry-out.ts';
import { choose, type Choice } from './choose.ts';

/**
 * Does what the configuration says about an alarm: once, however often it is told, and never more than one action in a
 * cooldown. What is not done is told people instead. Gives the action; undefined where there is nothing to do. Throws what may
 * pass, to be told again.
 */
export async function act(world: MonitorWorld, alarm: Alarm): Promise<ActionStatus | undefined> {
  const record = await recordAlarm(world.store, alarm);
  // Something later is known of the alarm, or this was acted on.
  if (record.told !== alarm.told || record.acted) return undefined;
  const begun = await begin(world, alarm, record);
  const done = begun && (await carryOut(world, begun, { tell: true }));
  await settleAlarm(world.store, alarm);
  return done;
}

/** Claims the next number for it. Numbers are dense: whoever was quicker is looked at before the next one is chosen. */
async function begin(world: MonitorWorld, alarm: Alarm, record: AlarmRecord): Promise<ActionStatus | undefined> {
  const { model, told } = alarm;
  for (;;) {
    const actions = await listActions(world.store, model);
    const there = actions.find(({ request }) => request.told === told);
    if (there) return there;
    const request = await requestOf(world, alarm, record, actions);
    if (!request) return undefined;
    const key = actionKey(model, parseActionId(request.action)?.number ?? 1, 'request');
    const claimed = await writeOnce(world.store, key, request);
    if (claimed.told === told) return { request: claimed, state: claimed.kind === 'approve' ? 'waiting' : 'open' };
  }
}

async function requestOf(
  world: MonitorWorld,
  alarm: Alarm,
  record: AlarmRecord,
  actions: readonly ActionStatus[],
): Promise<ActionRequest | undefined> {
  const { model, about, cause, told, reason } = alarm;
  const live = await world.registry.alias(model, 'live');
  const now = world.clock();
  const choice = live && (await choiceOf(world, { alarm, record, actions, now, live }));
  if (!choice) return undefined;
  const last = parseActionId(actions[0]?.request.action ?? '')?.number ?? 0;
  const action = actionId(model, last + 1);
  const at = new Date(now).toISOString();
  return { format: 1, action, model, about, cause, reason, at, version: live.version, told, ...choice };
}

interface Known {
  readonly alarm: Alarm;
  readonly record: AlarmRecord;
  readonly actions: readonly ActionStatus[];
  readonly now: number;
  readonly live: { readonly version: number; readonly updatedAt: string; readonly challenger?: number };
}

/** Windows that are looked at for the one that an alarm is about. */
const LOOKED_AT = 24;

/** An alarm of a window is told long after the window's end: the version that it is about is the window's. */
async function judgedIn(
  { store, models }: MonitorWorld,
  { model, about }: Alarm,
  now: number,
): Promise<number | undefined> {
  const watch = models[model]?.watch;
  if (!watch || about === 'accuracy') return undefined;
  const metric = about === 'drift' ? 'Drift' : 'Quality';
  const windows = await lastWindows(store, model, LOOKED_AT, now);
  return windows.findLast((document) => metricsOf(watch, document).some(({ name }) => name === metric))?.version;
}

async function choiceOf(
  world: MonitorWorld,
  { alarm, record, actions, now, live }: Known,
): Promise<Choice | undefined> {
  const { model, about } = alarm;
  const { store, models } = world;
  const watch = models[model]?.watch;
  const wanted = watch?.[about]?.then;
  if (wanted === undefined) return undefined;
  const training = wanted === 'retrain' || wanted === 'approve' ? await lastTraining(store, model) : undefined;
  return choose({
    model,
    about,
    wanted,
    now,
    cooldown: watch?.cooldown,
    alarm: { at: alarm.at, okAt: Date.parse(record.okAt) },
    judged: await judgedIn(world, alarm, now),
    live: {
      version: live.version,
      since: Date.parse(live.updatedAt),
      isDivided: live.challenger !== undefined,
    },
    training: training && !training.end ? training.training.training : undefined,
    actions,
  });
}
