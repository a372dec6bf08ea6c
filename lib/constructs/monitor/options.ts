import { invalid } from '#core/errors.ts';
import { checkName } from '#core/model/reference.ts';
import type { WatchedModel } from '#core/monitoring/monitor/world.ts';
import type { ActionKind, WatchOptions } from '#core/monitoring/watch-options.ts';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';

/** What the configuration says of each model that is watched, by its name in the registry. */
export type MonitorModels = Readonly<Record<string, WatchedModel>>;

/** What a user tunes. */
export interface ModelMonitorOptions {
  /** MB of the function; a CPU comes with each 1769. @default 1769 */
  readonly memorySize?: number;
  /** @default 'arm64' */
  readonly architecture?: 'arm64' | 'x86_64';
  /** MB of the function's /tmp; over 512 it costs by the second. @default 512 */
  readonly ephemeralStorageSize?: number;
  /** @default RetentionDays.ONE_MONTH */
  readonly logRetention?: RetentionDays;
}

/** What of a model is looked at by an alarm. */
const WATCHED = ['accuracy', 'quality', 'drift'] as const;

/** What of a model has an alarm that something is done about. */
export const alarmsOf = (watch: WatchOptions): (typeof WATCHED)[number][] =>
  WATCHED.filter((what) => watch[what] !== undefined);

/** Whether any alarm of a model may lead to this. */
export const mayCome = ({ watch }: WatchedModel, ...kinds: readonly ActionKind[]): boolean =>
  alarmsOf(watch).some((what) => kinds.includes(watch[what]?.then as ActionKind));

/** Throws what AWS would refuse only while it deploys: `monitor.range`, `reference.invalid`. */
export function checkMonitor(options: ModelMonitorOptions, models: MonitorModels): void {
  checkWhole('memorySize', options.memorySize, 512, 10_240);
  checkWhole('ephemeralStorageSize', options.ephemeralStorageSize, 512, 10_240);
  for (const model of Object.keys(models)) checkName(model);
}

function checkWhole(name: string, value: number | undefined, least: number, most: number): void {
  if (value === undefined || (Number.isInteger(value) && value >= least && value <= most)) return;
  throw invalid('monitor.range', `${name} is ${value}, and is to be a whole number from ${least} to ${most}`, {
    fields: { name, value, least, most },
  });
}
