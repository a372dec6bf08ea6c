import type { ObjectStore } from '../../ports.ts';
import { capturePrefix } from '../keys.ts';
import type { WatchOptions } from '../watch-options.ts';
import { type Window, windowOf } from '../window.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** What was captured in a window comes to the store so late: the buffers of a delivery stream, and some more. */
const LAG_MS = 15 * MINUTE_MS;

/** Windows that one call looks at; the rest is the next one's. */
const MOST_WINDOWS = 24;

export interface DueWindows {
  /** In the order of time; of those before the last one some may turn out to be empty. */
  readonly windows: readonly Window[];
  /** The last one that is over. */
  readonly newest: Window;
  /** Whether there are more. */
  readonly more: boolean;
}

const divisor = (a: number, b: number): number => (b === 0 ? a : divisor(b, a % b));

const hoursIn = (window: string): number => Number.parseInt(window, 10);

/** The hours of a window of drift. */
export const driftHours = ({ drift }: WatchOptions): number => hoursIn(drift?.window ?? '1h');

export const qualityHours = (watch: WatchOptions): number => hoursIn(watch.quality?.window ?? `${driftHours(watch)}h`);

/** The hours of what is looked at as a whole: those that what is watched has in common. */
export function windowHours(watch: WatchOptions): number {
  return watch.drift ? divisor(driftHours(watch), qualityHours(watch)) : qualityHours(watch);
}

/**
 * The windows that are over and were not looked at: of those in which nothing was captured only the last one, so that a long
 * pause costs nothing. `last` is the end of the last one that was looked at.
 */
export async function dueWindows(
  store: ObjectStore,
  model: string,
  { now, hours, last }: { readonly now: number; readonly hours: number; readonly last: number | undefined },
): Promise<DueWindows> {
  const newest = windowOf(now - LAG_MS - hours * HOUR_MS, hours);
  if (last !== undefined && last >= newest.to) return { windows: [], newest, more: false };
  const windows: Window[] = [];
  const since = last ?? Number.NEGATIVE_INFINITY;
  for await (const hour of capturedHours(store, model, since)) {
    // What has arrived in an hour is of it, or of the one before.
    for (const at of [hour - HOUR_MS, hour]) {
      const window = windowOf(at, hours);
      const isDue = window.from >= since && window.to <= newest.to;
      if (isDue && window.from >= (windows.at(-1)?.to ?? Number.NEGATIVE_INFINITY)) windows.push(window);
    }
    if (windows.length > MOST_WINDOWS) return { windows: windows.slice(0, MOST_WINDOWS), newest, more: true };
  }
  if (windows.at(-1)?.id !== newest.id) windows.push(newest);
  return { windows: windows.slice(0, MOST_WINDOWS), newest, more: windows.length > MOST_WINDOWS };
}

/** The hours in which something has arrived, from the one that `since` is in; folders of years, months and days are not gone through in vain. */
async function* capturedHours(store: ObjectStore, model: string, since: number): AsyncGenerator<number> {
  const from = Number.isFinite(since) ? new Date(since).toISOString().slice(0, 13).replace(/[-T]/g, '/') : '';
  yield* below(store, capturePrefix(model), '', from);
}

/** `at` is the path below the prefix: `2026/11/23`. */
async function* below(store: ObjectStore, prefix: string, at: string, from: string): AsyncGenerator<number> {
  for await (const folder of store.folders(`${prefix}${at}`)) {
    const path = `${at}${folder}`;
    if (path < from.slice(0, path.length)) continue;
    const [year = '', month, day, hour] = path.split('/');
    if (hour === undefined) yield* below(store, prefix, `${path}/`, from);
    else {
      const time = Date.parse(`${year}-${month}-${day}T${hour}:00:00Z`);
      if (!Number.isNaN(time)) yield time;
    }
  }
}

/** The stretch of so many hours that ends with a window. */
export const spanOf = ({ to }: Window, hours: number): Window => windowOf(to - 1, hours);

/** Whether one does: longer ones are aligned to midnight, too. */
export const endsWith = (window: Window, hours: number): boolean => spanOf(window, hours).to === window.to;
