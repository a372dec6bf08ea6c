import type { ObjectStore } from '../../ports.ts';
import type { AlarmRecord, Watched, WindowDocument } from '../monitor/documents.ts';
import { lastWindows } from '../monitor/last-windows.ts';
import { type ActionStatus, listActions } from './actions.ts';
import { readAlarm } from './alarm.ts';

/** What monitoring has found out of a model, and done about it. */
export interface MonitorStatus {
  readonly model: string;
  /** The last ones, the oldest first. */
  readonly windows: readonly WindowDocument[];
  /** Those that anything was ever told of. */
  readonly alarms: Readonly<Partial<Record<Watched, AlarmRecord>>>;
  /** The latest first. */
  readonly actions: readonly ActionStatus[];
}

export async function monitorStatus(
  store: ObjectStore,
  model: string,
  { last, now }: { readonly last: number; readonly now: number },
): Promise<MonitorStatus> {
  const abouts = ['accuracy', 'quality', 'drift'] as const;
  const [windows, alarms, actions] = await Promise.all([
    lastWindows(store, model, last, now),
    Promise.all(abouts.map(async (about) => [about, (await readAlarm(store, model, about))?.record] as const)),
    listActions(store, model, last),
  ]);
  return { model, windows, alarms: Object.fromEntries(alarms.filter(([, record]) => record)), actions };
}
