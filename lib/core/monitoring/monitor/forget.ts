import { type Forgotten, forgetSubject } from '../capture/forget.ts';
import { exportLiveRows } from '../live-rows/export.ts';
import { type Window, windowOf } from '../window.ts';
import { windowHours } from './due.ts';
import { placeOf } from './look.ts';
import type { MonitorWorld } from './world.ts';

/**
 * Takes what was captured of a subject out of the store, and out of the rows that are there to learn from. Sketches hold no
 * rows, and expire. It is recorded that somebody was forgotten, and not who. Done again, it finds nothing more.
 */
export async function forget(
  world: MonitorWorld,
  model: string,
  { subject, actor }: { readonly subject: string; readonly actor: string },
): Promise<Forgotten> {
  const { store, registry, clock } = world;
  const { feedback, label, watch } = world.models[model] ?? { watch: {} };
  const windows = new Map<string, Window>();
  const since = new Date(clock()).toISOString();
  const forgotten = await forgetSubject(store, model, subject, {
    derived: (events) => {
      for (const { at } of events) {
        const window = windowOf(at, windowHours(watch));
        windows.set(window.id, window);
      }
      return Promise.resolve();
    },
  });
  if (feedback) {
    for (const window of windows.values()) await exportLiveRows(placeOf(world), model, window, { feedback, label });
  }
  if (forgotten.events === 0) return forgotten;
  const entry = { action: 'forget', actor, events: forgotten.events, objects: forgotten.objects };
  await registry.record(model, entry, { since, isSame: () => false });
  return forgotten;
}
