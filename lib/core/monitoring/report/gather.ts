import { readDocument } from '../../documents.ts';
import { OnnwardError } from '../../errors.ts';
import type { ObjectStore } from '../../ports.ts';
import type { Registry } from '../../registry/registry.ts';
import { listActions } from '../act/actions.ts';
import { type Baseline, readBaseline } from '../baseline/read-baseline.ts';
import { readCapture } from '../capture/read.ts';
import { joinedRows } from '../join/joined-rows.ts';
import type { JoinPlace } from '../join/place.ts';
import { profileKey, windowKey } from '../keys.ts';
import type { WindowDocument } from '../monitor/documents.ts';
import { driftHours } from '../monitor/due.ts';
import { lastWindows } from '../monitor/last-windows.ts';
import type { WatchedModel } from '../monitor/world.ts';
import { decodeProfile } from '../profile/decode.ts';
import type { FeatureProfile, Profile } from '../profile/profile.ts';
import { windowOf } from '../window.ts';
import { type Distribution, distributionOf } from './distributions.ts';
import { explainDrop } from './explain-drop.ts';
import type { Report } from './report.ts';
import { aroundShift, comparedIn, driftingSince, featureKey } from './since.ts';

/** What a report stands on. */
export interface ReportPlace {
  readonly store: ObjectStore;
  readonly registry: Pick<Registry, 'manifest'>;
  readonly clock: () => number;
  /** Told of captured lines and records that cannot be read. */
  readonly onMessage?: (line: string) => void;
}

/** Windows that are looked back. */
const LOOKED_BACK = 72;

/** What there is to be told, and what it is told from. */
export interface Gathered {
  readonly report: Report;
  /** @default - nothing was captured of the version */
  readonly live?: Profile;
  readonly baseline?: Baseline;
}

/**
 * Gathers what was found out of a model up to a window; without one, up to the last one that was judged. Throws
 * `report.no_window`, which says what there is.
 */
export async function gatherReport(
  place: ReportPlace,
  model: string,
  watched: WatchedModel,
  window?: string,
): Promise<Gathered> {
  const { store, clock } = place;
  const documents = upTo(await lastWindows(store, model, LOOKED_BACK, clock()), window);
  const document = documents.at(-1) ?? (await oneWindow(store, model, window));
  const { baseline, why } = await baselineOf(place, model, document);
  const live = await profileOf(store, model, watched, document);
  const { watched: metric, explained, notes } = await judged(place, model, watched, { documents, document, baseline });
  const report: Report = {
    model,
    at: new Date(clock()).toISOString(),
    document,
    documents: documents.length > 0 ? documents : [document],
    ...(baseline && { baseline: baseline.said }),
    distributions: baseline && live ? distributionsOf(document, baseline.profile, live) : new Map(),
    since: new Map([...driftingSince(documents)].map(([feature, first]) => [feature, first.window])),
    ...(explained && { explained }),
    actions: await listActions(store, model, 20),
    ...(metric && { watched: metric }),
    notes: [...(why === undefined ? [] : [why]), ...notes],
  };
  return { report, ...(live && { live }), ...(baseline && { baseline }) };
}

/** The documents up to the window that is asked for, else to the last one with a verdict. */
function upTo(documents: readonly WindowDocument[], window: string | undefined): readonly WindowDocument[] {
  const last = documents.findLastIndex((document) =>
    window === undefined ? document.drift !== undefined && document.drift.state !== 'few' : document.window === window,
  );
  return last === -1 && window === undefined ? documents : documents.slice(0, last + 1);
}

/** One that is further back. */
async function oneWindow(store: ObjectStore, model: string, window: string | undefined): Promise<WindowDocument> {
  const found =
    window === undefined ? undefined : await readDocument<WindowDocument>(store, windowKey(model, { id: window }));
  if (found) return found;
  const what = window === undefined ? `No window of ${model} was` : `The window ${window} of ${model} was not`;
  throw new OnnwardError(`${what} looked at.`, {
    code: 'report.no_window',
    kind: 'not-found',
    fix: `Run \`onnward monitor ${model}\` once requests are captured; \`onnward drift ${model}\` lists the windows.`,
    fields: { model, ...(window !== undefined && { window }) },
  });
}

interface FoundBaseline {
  readonly baseline?: Baseline;
  /** Why there is none to be shown. */
  readonly why?: string;
}

/** A report of what else is known is better than none. */
async function baselineOf(
  { registry, store }: ReportPlace,
  model: string,
  { version }: WindowDocument,
): Promise<FoundBaseline> {
  if (version === undefined) return {};
  try {
    const baseline = await readBaseline(store, await registry.manifest(model, version));
    return baseline ? { baseline } : { why: `${model}:${version} has no baseline.` };
  } catch (error) {
    if (!(error instanceof OnnwardError)) throw error;
    return { why: error.message };
  }
}

/** Of the stretch of time that was compared, which may be longer than the window. */
async function profileOf(
  store: ObjectStore,
  model: string,
  { watch }: WatchedModel,
  { version, to }: WindowDocument,
): Promise<Profile | undefined> {
  if (version === undefined) return undefined;
  const span = windowOf(Date.parse(to) - 1, driftHours(watch));
  const stored = await store.get(profileKey(model, version, span));
  return stored && decodeProfile(stored.bytes);
}

function distributionsOf({ drift }: WindowDocument, baseline: Profile, live: Profile): Map<string, Distribution> {
  const [then, now] = [baseline, live].map(({ features }) => byKey(features)) as [Features, Features];
  return new Map(
    (drift ? comparedIn(drift) : []).flatMap((feature) => {
      const key = featureKey(feature);
      const [before, today] = [then.get(key), now.get(key)];
      const distribution = feature.drifted && before && today && distributionOf(before, today);
      return distribution ? [[key, distribution] as const] : [];
    }),
  );
}

type Features = ReadonlyMap<string, FeatureProfile>;

const byKey = (features: readonly FeatureProfile[]): Features =>
  new Map(features.map((feature) => [featureKey(feature), feature]));

interface Known {
  readonly documents: readonly WindowDocument[];
  readonly document: WindowDocument;
  readonly baseline: Baseline | undefined;
}

/** What truths say. */
async function judged(
  place: ReportPlace,
  model: string,
  { watch, feedback }: WatchedModel,
  { documents, document, baseline }: Known,
): Promise<Pick<Report, 'watched' | 'explained' | 'notes'>> {
  const metric = metricOf(watch);
  const known = metric ? { watched: metric } : {};
  const { version } = document;
  if (!feedback || !baseline || version === undefined) return { ...known, notes: [] };
  const rowsOf = (span: { from: number; to: number }) => joinedRows(joinPlace(place), model, span, feedback);
  const explained = await explainDrop(rowsOf, aroundShift(documents), baseline.profile, version);
  return typeof explained === 'string' ? { ...known, notes: [explained] } : { ...known, explained, notes: [] };
}

function metricOf({ accuracy, quality }: WatchedModel['watch']): Report['watched'] {
  if (accuracy) return { metric: 'accuracy', threshold: accuracy.below };
  return quality && { metric: quality.metric, threshold: quality.below ?? quality.above };
}

const joinPlace = ({ store, registry, onMessage }: ReportPlace): JoinPlace => ({
  store,
  registry,
  capture: (model, span) => readCapture(store, model, span),
  ...(onMessage && { onMessage }),
});
