import { writeOnce } from '../../documents.ts';
import { OnnwardError } from '../../errors.ts';
import { windowKey } from '../keys.ts';
import type { WindowDocument } from './documents.ts';
import { dueWindows, windowHours } from './due.ts';
import { lastEnd } from './last-windows.ts';
import { catchUp, joinNew } from './late.ts';
import { lookAt } from './look.ts';
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
  if (since && feedback && capture) await joinNew(world, model, watched, since);
  const windows: WindowDocument[] = [];
  for (const window of due.windows) {
    const document = await lookAt(world, model, watched, window);
    const isNewest = window.id === due.newest.id;
    if (isEmpty(document) && !isNewest) continue;
    if (isNewest) await tell(world, model, watched, [...windows, document]);
    windows.push(await writeOnce(store, windowKey(model, window), document));
  }
  if (feedback && capture && !due.more) await catchUp(world, model, watched, due.newest);
  return { windows, more: due.more };
}

const isEmpty = ({ captured, unreadable, quality }: WindowDocument): boolean =>
  captured + unreadable + quality.length === 0;

/**
 * The last number of each metric: what was found out late is over where something later is known, and nobody acts on what is
 * found of a version that is not live any more. It is told before the last window is recorded: told twice it is the same number
 * of the same time.
 */
async function tell(
  world: MonitorWorld,
  model: string,
  { watch }: WatchedModel,
  windows: readonly WindowDocument[],
): Promise<void> {
  const live = await world.registry.alias(model, 'live');
  const ours = windows.filter(({ version }) => version !== undefined && version === live?.version);
  const last = new Map(ours.flatMap((document) => metricsOf(watch, document)).map((metric) => [metric.name, metric]));
  if (last.size > 0) await world.put([...last.values()]);
}

/** Of a model that nothing is watched of. */
export const notWatched = (model: string, watched: readonly string[]): OnnwardError =>
  new OnnwardError(`Nothing of ${model} is watched; of ${watched.join(', ') || 'no model'} there is.`, {
    code: 'monitor.not_watched',
    kind: 'not-found',
    fix: `Add watch: { drift: { then: 'notify' } } to models.${model} of onnward.config.ts.`,
    fields: { model, watched },
  });
