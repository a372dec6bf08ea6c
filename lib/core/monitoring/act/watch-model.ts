import type { MonitorWorld } from '../monitor/world.ts';
import { type MonitorPass, monitorModel } from '../monitor/monitor.ts';
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
  const begun = alarms === 'ours' ? await raiseAlarms(world, model) : [];
  return { ...pass, actions: [...begun, ...(await settleActions(world, model))] };
}
