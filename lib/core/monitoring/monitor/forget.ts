import type { CapturedEvent } from '../capture/captured.ts';
import { type Forgotten, forgetSubject } from '../capture/forget.ts';
import type { JoinPlace } from '../join/place.ts';
import { exportLiveRows } from '../live-rows/export.ts';
import { type Window, windowOf } from '../window.ts';
import { liveRowsPrefix } from '../keys.ts';
import { placeOf } from './look.ts';
import type { MonitorWorld } from './world.ts';

/**
 * Takes what was captured of a subject out of the store, and out of the rows that are there to learn from: out of these first,
 * so that whoever is killed in between finds the rest by the capture; and once more behind it, as whoever looks at a window
 * just then has read the capture as it was. Sketches hold no rows, and expire. It is recorded that somebody was forgotten, and
 * not who; also where it fails half way. Done again, it finds nothing more.
 */
export async function forget(
  world: MonitorWorld,
  model: string,
  { subject, actor }: { readonly subject: string; readonly actor: string },
): Promise<Forgotten> {
  const since = new Date(world.clock()).toISOString();
  const gone = new Map<string, number>();
  const rewrite = async (events: Iterable<number>): Promise<void> =>
    writeWithout(world, model, await tablesOf(world, model, events), new Set(gone.keys()));
  let objects = 0;
  const derived = async (events: readonly CapturedEvent[]): Promise<void> => {
    for (const { id, at } of events) gone.set(id, at);
    await rewrite(events.map(({ at }) => at));
    objects += 1;
  };
  const record = (forgotten: Forgotten) =>
    world.registry.record(model, { action: 'forget', actor, ...forgotten }, { since, isSame: () => false });
  try {
    const forgotten = await forgetSubject(world.store, model, subject, { derived });
    await rewrite(gone.values());
    if (forgotten.events > 0) await record(forgotten);
    return forgotten;
  } catch (error) {
    if (objects > 0) await record({ events: gone.size, objects }).catch(() => {});
    throw error;
  }
}

/** The windows of tables that hold rows of these times: whatever length windows had when they were written. */
async function tablesOf({ store }: MonitorWorld, model: string, times: Iterable<number>): Promise<Window[]> {
  const there = new Map<string, number>();
  for (const part of ['training', 'heldout'] as const) {
    for await (const { key } of store.list(liveRowsPrefix(model, part))) {
      const [, id, hours] = /\/([^/]+-(\d{1,2})h)\.csv$/.exec(key) ?? [];
      if (id !== undefined) there.set(id, Number(hours));
    }
  }
  const lengths = new Set(there.values());
  const windows = new Map<string, Window>();
  for (const at of times) {
    for (const hours of lengths) {
      const window = windowOf(at, hours);
      if (there.has(window.id)) windows.set(window.id, window);
    }
  }
  return [...windows.values()];
}

async function writeWithout(
  world: MonitorWorld,
  model: string,
  windows: readonly Window[],
  gone: ReadonlySet<string>,
): Promise<void> {
  const { feedback = {}, label } = world.models[model] ?? {};
  const place = placeOf(world);
  const capture: JoinPlace['capture'] = (name, span) => without(place.capture(name, span), gone);
  for (const window of windows)
    await exportLiveRows({ ...place, capture }, model, window, { feedback, label, isForgetting: true });
}

async function* without(
  events: AsyncIterable<CapturedEvent>,
  gone: ReadonlySet<string>,
): AsyncGenerator<CapturedEvent> {
  for await (const event of events) if (!gone.has(event.id)) yield event;
}
