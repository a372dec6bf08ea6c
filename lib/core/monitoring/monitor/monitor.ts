import { writeOnce } from '../../documents.ts';
import { OnnwardError } from '../../errors.ts';
import { windowKey } from '../keys.ts';
import type { Window } from '../window.ts';
import { joinTruths } from '../join/join-truths.ts';
import type { WindowDocument } from './documents.ts';
import { dueWindows, windowHours } from './due.ts';
import { lastEnd } from './last-windows.ts';
import { lookAt, placeOf } from './look.ts';
import { metricsOf } from './metrics-of.ts';
import type { MonitorWorld, WatchedModel } from './world.ts';

/** What one call has come to. */
export interface MonitorPass {
  /** Those that were looked at, in the order of time. */
  readonly windows: readonly WindowDocument[];
  /** Whether there are more to look at. */
  readonly more: boolean;
}

/**
 * Looks at what came of a model in the windows that are over and that nobody has looked at, the oldest first. Killed anywhere
 * and called again, it comes to the same documents. Throws `monitor.not_watched`, and what may pass.
 */
export async function monitorModel(world: MonitorWorld, model: string): Promise<MonitorPass> {
  const watched = world.models[model];
  if (!watched) throw notWatched(model, Object.keys(world.models));
  const { store, clock } = world;
  const now = clock();
  const last = await lastEnd(store, model, now);
  const due = await dueWindows(store, model, { now, hours: windowHours(watched.watch), last });
  const [first] = due.windows;
  const { feedback, capture } = watched;
  // Also those that came while nobody looked.
  const since = first && { from: last ?? first.from, to: due.newest.to };
  if (since && feedback && capture) await joinTruths(placeOf(world), model, since, { feedback });
  const windows: WindowDocument[] = [];
  for (const window of due.windows) {
    const document = await lookAt(world, model, watched, window);
    if (isEmpty(document) && window.id !== due.newest.id) continue;
    windows.push(await keep(world, watched, window, document));
  }
  return { windows, more: due.more };
}

const isEmpty = ({ captured, unreadable, quality }: WindowDocument): boolean =>
  captured + unreadable + quality.length === 0;

/** What is measured is told before it is recorded: told twice it is the same number of the same time, and never lost. */
async function keep(
  world: MonitorWorld,
  { watch }: WatchedModel,
  window: Window,
  document: WindowDocument,
): Promise<WindowDocument> {
  const metrics = metricsOf(watch, document);
  if (metrics.length > 0) await world.put(metrics);
  return writeOnce(world.store, windowKey(document.model, window), document);
}

/** Of a model that nothing is watched of. */
export const notWatched = (model: string, watched: readonly string[]): OnnwardError =>
  new OnnwardError(`Nothing of ${model} is watched; of ${watched.join(', ') || 'no model'} there is.`, {
    code: 'monitor.not_watched',
    kind: 'not-found',
    fix: `Add watch: { drift: { then: 'notify' } } to models.${model} of onnward.config.ts.`,
    fields: { model, watched },
  });
