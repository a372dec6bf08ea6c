import { biasOf } from '../bias/bias-of.ts';
import { readCapture } from '../capture/read.ts';
import type { Truth } from '../feedback.ts';
import { joinedRows } from '../join/joined-rows.ts';
import type { JoinPlace } from '../join/place.ts';
import { exportLiveRows } from '../live-rows/export.ts';
import { qualityOf } from '../quality/quality-of.ts';
import type { Window } from '../window.ts';
import type { QualityOfVersion, WindowDocument } from './documents.ts';
import { driftOf } from './drift-of.ts';
import { driftHours, endsWith, qualityHours, spanOf } from './due.ts';
import { liveVersionAt } from './live-version.ts';
import type { MonitorWorld, WatchedModel } from './world.ts';

/** A window that is looked at, and all that is known of its model. */
export interface Look {
  readonly model: string;
  readonly watched: WatchedModel;
  readonly window: Window;
  /** Of drift: as long as the window, or longer, and then it ends with it. @default - none ends with it */
  readonly span: Window | undefined;
  /** The version that was live at its end. @default - none */
  readonly version: number | undefined;
}

/** What is known of the captured rows of a span besides what is in them. */
interface Labelled {
  /** By the row's id: of a request of one row the event's, else with `/` and which one. */
  readonly truths: ReadonlyMap<string, Truth>;
  readonly bias: NonNullable<WindowDocument['bias']>;
}

/** Finds out what there is to say of a window. Rows that have their truth are written out last. */
export async function lookAt(
  world: MonitorWorld,
  model: string,
  watched: WatchedModel,
  window: Window,
): Promise<WindowDocument> {
  const { feedback, capture, watch } = watched;
  const version = await liveVersionAt(world.registry, model, window.to);
  const span = endsWith(window, driftHours(watch)) ? spanOf(window, driftHours(watch)) : undefined;
  const look: Look = { model, watched, window, span, version };
  const { truths, bias } = await labelledIn(world, look);
  const seen = capture ? await driftOf(world, look, truths) : NOTHING_CAPTURED;
  const quality = await qualityIn(world, look);
  if (feedback && capture) await exportLiveRows(placeOf(world), model, window, { feedback, label: watched.label });
  return {
    format: 1,
    model,
    window: window.id,
    from: iso(window.from),
    to: iso(window.to),
    at: iso(world.clock()),
    ...(version !== undefined && { version }),
    ...seen,
    quality,
    ...(bias.length > 0 && { bias }),
  };
}

const NOTHING_CAPTURED = { captured: 0, unreadable: 0 };

/** What joins truths with the capture. */
export const placeOf = ({ store, registry, onMessage }: MonitorWorld): JoinPlace => ({
  store,
  registry,
  capture: (model, span) => readCapture(store, model, span),
  ...(onMessage && { onMessage }),
});

/** Rows that are looked at for their truths and slices: all of them are in memory at once. */
const MOST_ROWS = 200_000;

/** In one go, as each truth is an object of its own. */
async function labelledIn(world: MonitorWorld, { model, watched, window, span = window }: Look): Promise<Labelled> {
  const { feedback, capture, watch } = watched;
  const truths = new Map<string, Truth>();
  if (!feedback || !capture || !(watch.drift || watch.slices)) return { truths, bias: [] };
  async function* noted() {
    let rows = 0;
    for await (const row of joinedRows(placeOf(world), model, span, feedback ?? {})) {
      if (row.truth !== undefined) truths.set(row.id, row.truth);
      yield row;
      if (++rows >= MOST_ROWS) return;
    }
  }
  const bias = await biasOf(noted(), watch.slices ?? []);
  return { truths, bias };
}

async function qualityIn(
  { store, registry, onMessage }: MonitorWorld,
  { model, watched, window }: Look,
): Promise<readonly QualityOfVersion[]> {
  const { feedback, watch } = watched;
  const hours = qualityHours(watch);
  if (!feedback || !endsWith(window, hours)) return [];
  const { metric, minimum } = watch.quality ?? {};
  return qualityOf({ store, registry, ...(onMessage && { onMessage }) }, model, spanOf(window, hours), {
    feedback,
    ...(metric !== undefined && { metric }),
    ...(minimum !== undefined && { minimum }),
  });
}

const iso = (ms: number): string => new Date(ms).toISOString();
