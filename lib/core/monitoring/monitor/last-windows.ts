import { readDocument } from '../../documents.ts';
import type { ObjectStore } from '../../ports.ts';
import { windowsPrefix } from '../keys.ts';
import { type Window, windowOf } from '../window.ts';
import type { WindowDocument } from './documents.ts';

const DAY_MS = 86_400_000;

/** How far is looked back for the last documents, days: most models are looked at each hour. */
const LOOKS_BACK = [2, 60, Number.POSITIVE_INFINITY] as const;

/** The keys of the last documents, oldest first: a year of them is not listed where a day of them will do. */
export async function lastWindowKeys(
  store: ObjectStore,
  model: string,
  count: number,
  now: number,
): Promise<readonly string[]> {
  const prefix = windowsPrefix(model);
  let keys: string[] = [];
  for (const days of LOOKS_BACK) {
    const after = Number.isFinite(days) ? prefix + new Date(now - days * DAY_MS).toISOString().slice(0, 13) : '';
    keys = [];
    for await (const { key } of store.list(prefix, after)) if (key.endsWith('.json')) keys.push(key);
    if (keys.length >= count) break;
  }
  return keys.slice(-count);
}

/** The last documents of a model, oldest first. Throws `store.corrupt`. */
export async function lastWindows(
  store: ObjectStore,
  model: string,
  count: number,
  now: number,
): Promise<readonly WindowDocument[]> {
  const keys = await lastWindowKeys(store, model, count, now);
  const found = await Promise.all(keys.map((key) => readDocument<WindowDocument>(store, key)));
  return found.filter((document) => document !== undefined);
}

/** When the last window ended that was looked at, ms since 1970; undefined where none was. */
export async function lastEnd(store: ObjectStore, model: string, now: number): Promise<number | undefined> {
  const [last = ''] = await lastWindowKeys(store, model, 1, now);
  return windowIn(last)?.to;
}

/** The window that a document's key is of. */
export function windowIn(key: string): Window | undefined {
  const [, hour, hours] = /\/(\d{4}-\d\d-\d\dT\d\d)-(\d{1,2})h\.json$/.exec(key) ?? [];
  return hour === undefined ? undefined : windowOf(Date.parse(`${hour}:00:00Z`), Number(hours));
}
