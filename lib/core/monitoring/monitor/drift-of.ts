import { OnnwardError } from '../../errors.ts';
import { alikeOf } from '../baseline/alike.ts';
import { type Baseline, readBaseline } from '../baseline/read-baseline.ts';
import { CaptureKeys } from '../capture/keys.ts';
import { DRIFT_DEFAULTS, judgeDrift } from '../drift/judge.ts';
import type { Truth } from '../feedback.ts';
import { profileKey } from '../keys.ts';
import { decodeProfile } from '../profile/decode.ts';
import { encodeProfile } from '../profile/encode.ts';
import { mergeProfiles } from '../profile/merge.ts';
import type { Profile } from '../profile/profile.ts';
import { isPrecondition } from '../../registry/precondition.ts';
import { beforeWindow } from './before.ts';
import { countCaptured, type Counts, hiddenIn, profileOf } from './captured-rows.ts';
import type { WindowDocument } from './documents.ts';
import type { Look } from './look.ts';
import type { MonitorWorld, WatchedModel } from './world.ts';

/** Of the window's document. */
type Seen = Counts & Pick<WindowDocument, 'drift' | 'why' | 'span'>;

/** How the captured rows of the live version compare with its baseline. */
export async function driftOf(world: MonitorWorld, look: Look, truths: ReadonlyMap<string, Truth>): Promise<Seen> {
  const { model, watched, window, span, version } = look;
  const { drift } = watched.watch;
  if (!drift || version === undefined || !span) return countCaptured(world, model, window);
  const baseline = await baselineOf(world, look, version);
  if (typeof baseline === 'string') return { ...(await countCaptured(world, model, span)), why: baseline };
  const most = (drift.persistence ?? DRIFT_DEFAULTS.persistence) - 1;
  const before = await beforeWindow(world, model, { version, span, most });
  const { counts, profile } = await profileOf(world, { ...look, version, span }, { baseline, truths });
  const joined = await joinedWith(world, look.model, version, before.waiting, profile);
  const kept = await keep(world, profileKey(look.model, version, span), joined);
  const { why, ...alike } = await alikeIn(world, { ...look, version }, baseline, kept);
  const verdict = judgeDrift(
    comparable(watched, { ...baseline, profile: alike.baseline }),
    alike.live,
    drift,
    before.verdicts,
  );
  return {
    ...counts,
    drift: verdict,
    ...(span.id !== window.id && { span: span.id }),
    ...(why !== undefined && { why }),
  };
}

/** What was redacted alike on both sides. */
async function alikeIn(
  { registry, store }: MonitorWorld,
  { model, version, watched: { capture, feedback } }: Look & { readonly version: number },
  baseline: Baseline,
  live: Profile,
) {
  const keys = baseline.said.hashedWith === undefined ? undefined : await CaptureKeys.read(store);
  const side = { sensitive: capture?.sensitive, output: feedback?.output, hashedWith: keys?.newest };
  return alikeOf(await registry.manifest(model, version), baseline, live, side);
}

/** What only one side tells of is no column that is missing. */
const comparable = (watched: WatchedModel, baseline: Baseline): Profile =>
  hiddenIn(watched, baseline) === undefined
    ? { ...baseline.profile, features: baseline.profile.features.filter(({ role }) => role !== 'hidden') }
    : baseline.profile;

/** What the version is compared with, or why there is nothing and what to do. What may pass is thrown. */
async function baselineOf(
  { registry, store }: MonitorWorld,
  { model }: Look,
  version: number,
): Promise<Baseline | string> {
  try {
    const found = await readBaseline(store, await registry.manifest(model, version));
    return found ?? noBaseline(model, version);
  } catch (error) {
    if (error instanceof OnnwardError && error.kind === 'corrupt') return `${error.message} ${error.fix ?? ''}`.trim();
    throw error;
  }
}

const noBaseline = (model: string, version: number): string =>
  `${model}:${version} was registered without a baseline: there is nothing to compare with. Register it again with --baseline FILE, the rows that it was trained on.`;

/** Rows that were too few for a verdict, and these: the profile of the window before holds those before it. */
async function joinedWith(
  { store }: MonitorWorld,
  model: string,
  version: number,
  waiting: string | undefined,
  profile: Profile,
): Promise<Profile> {
  const stored = waiting === undefined ? undefined : await store.get(profileKey(model, version, { id: waiting }));
  try {
    return stored ? mergeProfiles([decodeProfile(stored.bytes), profile]) : profile;
  } catch (error) {
    // What is sensitive has changed since: those of before are not comparable.
    if (error instanceof OnnwardError && error.code === 'profile.mismatch') return profile;
    throw error;
  }
}

/** The first one stands: whoever was killed behind it goes on with it. */
async function keep({ store }: MonitorWorld, key: string, profile: Profile): Promise<Profile> {
  try {
    await store.put(key, encodeProfile(profile), { ifAbsent: true });
    return profile;
  } catch (error) {
    const there = isPrecondition(error) ? await store.get(key) : undefined;
    if (there) return decodeProfile(there.bytes);
    throw error;
  }
}
