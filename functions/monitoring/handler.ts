import { act } from '#core/monitoring/act/act.ts';
import type { ActionStatus } from '#core/monitoring/act/actions.ts';
import { decideAction } from '#core/monitoring/act/decide.ts';
import { reportDrift, type WatchPass, watchModel } from '#core/monitoring/act/watch-model.ts';
import { forget } from '#core/monitoring/monitor/forget.ts';
import { monitorModel } from '#core/monitoring/monitor/monitor.ts';
import type { MonitorWorld } from '#core/monitoring/monitor/world.ts';
import { named } from '#core/named-error.ts';
import { forEachModel, type Remaining } from './each.ts';
import { askedBy, type Command } from './events.ts';
import { open, type Opened } from './world.ts';

let opened: Promise<Opened> | undefined;

/** What EventBridge and people call: `handler.handler`. What it throws is named by its code. */
export async function handler(event: unknown, remaining?: Remaining): Promise<object> {
  try {
    return await answer(await openOnce(), event, remaining);
  } catch (error) {
    throw named(error);
  }
}

/** What could not be opened is tried again by the next call. */
function openOnce(): Promise<Opened> {
  if (opened) return opened;
  const opening = open(process.env);
  opening.catch(() => (opened = undefined));
  return (opened = opening);
}

async function answer({ stage, world }: Opened, event: unknown, remaining: Remaining | undefined): Promise<object> {
  const asked = askedBy(event, stage, Object.keys(world.models));
  if (asked.kind === 'nothing') return { done: 'nothing', why: asked.why };
  if (asked.kind === 'schedule') return watchAll(world, remaining);
  if (asked.kind === 'command') return obey(world, asked.command);
  const action = await act(world, asked.alarm);
  return action
    ? { done: 'act', ...toldOf(action) }
    : { done: 'nothing', why: 'it is known, or nothing is to be done' };
}

async function obey(world: MonitorWorld, command: Command): Promise<object> {
  if (command.task === 'monitor') return summaryOf(await watchModel(world, command.model, BY_CLOUDWATCH));
  if (command.task === 'look') return look(world, command.model);
  if (command.task === 'forget') return forget(world, command.model, command);
  const { action, decision, actor, reason } = command;
  return decideAction(world, action, { decision, actor, reason });
}

async function look(world: MonitorWorld, model: string): Promise<object> {
  const pass = await monitorModel(world, model);
  await reportDrift(world, model, pass);
  return summaryOf({ ...pass, actions: [] });
}

const BY_CLOUDWATCH = { alarms: 'cloudwatch' } as const;

/** What fails of one keeps no other from it: it is thrown behind them. */
async function watchAll(world: MonitorWorld, remaining: Remaining | undefined): Promise<object> {
  const done: Record<string, object> = {};
  const each = { remaining, now: world.clock() };
  const failures = await forEachModel(Object.keys(world.models), each, async (model) => {
    done[model] = summaryOf(await watchModel(world, model, BY_CLOUDWATCH));
  });
  for (const [model, error] of failures) {
    world.onMessage?.(`${model} could not be looked at: ${(error as Error).message}`);
  }
  for (const error of failures.values()) throw error;
  return { done: 'look', models: done };
}

/** For the log. */
const summaryOf = ({ windows, more, actions }: WatchPass): object => ({
  windows: windows.map(({ window, captured, drift }) => ({ window, captured, ...(drift && { drift: drift.state }) })),
  more,
  actions: actions.map(toldOf),
});

const toldOf = ({ request: { action, kind, about }, state }: ActionStatus): object => ({ action, kind, about, state });
