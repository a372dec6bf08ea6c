import { decode, encode } from '../../documents.ts';
import type { ObjectStore } from '../../ports.ts';
import { isPrecondition } from '../../registry/precondition.ts';
import { alarmKey } from '../keys.ts';
import type { AlarmRecord, Watched } from '../monitor/documents.ts';

/** An alarm that came to another state. */
export interface Alarm {
  readonly model: string;
  readonly about: Watched;
  readonly state: 'OK' | 'ALARM';
  /** The alarm's name, or the window's id. */
  readonly cause: string;
  /** Names this very change, which may be told twice. */
  readonly told: string;
  readonly reason: string;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** Undefined where nobody ever told of it. Throws `store.corrupt`. */
export async function readAlarm(
  store: ObjectStore,
  model: string,
  about: Watched,
): Promise<{ readonly record: AlarmRecord; readonly etag: string } | undefined> {
  const key = alarmKey(model, about);
  const stored = await store.get(key);
  return stored && { record: decode(key, stored.bytes) as AlarmRecord, etag: stored.etag };
}

/** Records it, unless something later is known; what is known afterwards. */
export async function recordAlarm(store: ObjectStore, alarm: Alarm): Promise<AlarmRecord> {
  const { model, about } = alarm;
  for (;;) {
    const there = await readAlarm(store, model, about);
    const next = nextRecord(there?.record, alarm);
    if (next === there?.record || (await write(store, alarm, next, there?.etag))) return next;
  }
}

/** What was to be done about it is begun. */
export async function settleAlarm(store: ObjectStore, alarm: Pick<Alarm, 'model' | 'about' | 'told'>): Promise<void> {
  for (;;) {
    const there = await readAlarm(store, alarm.model, alarm.about);
    if (!there || there.record.told !== alarm.told || there.record.acted) return;
    if (await write(store, alarm, { ...there.record, acted: true }, there.etag)) return;
  }
}

/** Events come late, twice, and in any order. */
function nextRecord(there: AlarmRecord | undefined, { state, cause, told, reason, at }: Alarm): AlarmRecord {
  if (there && (there.told === told || Date.parse(there.at) > at)) return there;
  const time = new Date(at).toISOString();
  const okAt = state === 'OK' ? time : (there?.okAt ?? time);
  return { format: 1, state, at: time, okAt, told, cause, reason, acted: state === 'OK' };
}

/** Whether it was written: not where somebody else was quicker. */
async function write(
  store: ObjectStore,
  { model, about }: Pick<Alarm, 'model' | 'about'>,
  record: AlarmRecord,
  etag: string | undefined,
): Promise<boolean> {
  const condition = etag === undefined ? ({ ifAbsent: true } as const) : { ifMatch: etag };
  try {
    await store.put(alarmKey(model, about), encode(record), condition);
    return true;
  } catch (error) {
    if (isPrecondition(error)) return false;
    throw error;
  }
}
