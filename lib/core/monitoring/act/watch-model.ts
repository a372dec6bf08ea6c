import type { MonitorWorld } from '../monitor/world.ts';
import { type MonitorPass, monitorModel } from '../monitor/monitor.ts';
import { writeReport } from '../report/write-report.ts';
import type { ActionStatus } from './actions.ts';
import { raiseAlarms } from './raise.ts';
import { settleActions } from './settle.ts';

export interface WatchPass extends MonitorPass {
  /** That were begun, or brought to their ends. */
  readonly actions: readonly ActionStatus[];
}

/** `alarms`: who raises them, CloudWatch or we. */
export interface WatchModelOptions {
  readonly alarms: 'ours' | 'cloudwatch';
}

/** All that there is to do of a model from time to time: look at what is over, raise alarms, and finish what was begun. */
export async function watchModel(
  world: MonitorWorld,
  model: string,
  { alarms }: WatchModelOptions,
): Promise<WatchPass> {
  const pass = await monitorModel(world, model);
  await reportDrift(world, model, pass);
  const begun = alarms === 'ours' ? await raiseAlarms(world, model) : [];
  return { ...pass, actions: [...begun, ...(await settleActions(world, model))] };
}

/** The page of the last window that looks suspicious. What keeps it from being written keeps nothing else. */
export async function reportDrift(world: MonitorWorld, model: string, { windows }: MonitorPass): Promise<void> {
  const watched = world.models[model];
  const last = windows.findLast(({ drift }) => drift?.state === 'suspected' || drift?.state === 'drifting');
  if (!watched || !last) return;
  await writeReport(world, model, watched, last.window).catch((error: unknown) =>
    world.onMessage?.(`no report of ${model} is written: ${(error as Error).message}`),
  );
}
