import type { CapturedEvent } from '../capture/captured.ts';
import { type Forgotten, forgetSubject } from '../capture/forget.ts';
import type { JoinPlace } from '../join/place.ts';
import { exportLiveRows } from '../live-rows/export.ts';
import { type Window, windowOf } from '../window.ts';
import { windowHours } from './due.ts';
import { placeOf } from './look.ts';
import type { MonitorWorld } from './world.ts';

/**
 * Takes what was captured of a subject out of the store, and out of the rows that are there to learn from: out of these first,
 * so that whoever is killed in between finds the rest by the capture. Sketches hold no rows, and expire. It is recorded that
 * somebody was forgotten, and not who. Done again, it finds nothing more.
 */
export async function forget(
  world: MonitorWorld,
  model: string,
  { subject, actor }: { readonly subject: string; readonly actor: string },
): Promise<Forgotten> {
  const since = new Date(world.clock()).toISOString();
  const gone = new Set<string>();
  const windows = new Map<string, Window>();
  const derived = async (events: readonly CapturedEvent[]): Promise<void> => {
    for (const { id, at } of events) {
      const window = windowOf(at, windowHours(world.models[model]?.watch ?? {}));
      windows.set(window.id, window);
      gone.add(id);
    }
    await writeWithout(world, model, windows, gone);
  };
  const forgotten = await forgetSubject(world.store, model, subject, { derived });
  if (forgotten.events === 0) return forgotten;
  const entry = { action: 'forget', actor, events: forgotten.events, objects: forgotten.objects };
  await world.registry.record(model, entry, { since, isSame: () => false });
  return forgotten;
}

async function writeWithout(
  world: MonitorWorld,
  model: string,
  windows: ReadonlyMap<string, Window>,
  gone: ReadonlySet<string>,
): Promise<void> {
  const { feedback, label } = world.models[model] ?? {};
  if (!feedback) return;
  const place = placeOf(world);
  const capture: JoinPlace['capture'] = (name, span) => without(place.capture(name, span), gone);
  for (const window of windows.values())
    await exportLiveRows({ ...place, capture }, model, window, { feedback, label });
}

async function* without(
  events: AsyncIterable<CapturedEvent>,
  gone: ReadonlySet<string>,
): AsyncGenerator<CapturedEvent> {
  for await (const event of events) if (!gone.has(event.id)) yield event;
}
