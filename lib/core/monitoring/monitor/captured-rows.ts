import type { Baseline } from '../baseline/read-baseline.ts';
import type { CapturedEvent } from '../capture/captured.ts';
import { readCapture } from '../capture/read.ts';
import { toldBy } from '../capture/told.ts';
import { capturePrefix, hourFolder } from '../keys.ts';
import { hiddenOf } from '../features/hidden-of-event.ts';
import { type FeaturePlan, featurePlan } from '../features/plan.ts';
import type { Truth } from '../feedback.ts';
import { ProfileBuilder } from '../profile/builder.ts';
import type { Profile } from '../profile/profile.ts';
import type { TensorSpec } from '../../model/signature.ts';
import type { Manifest } from '../../model/manifest.ts';
import { hoursOf, type Window } from '../window.ts';
import type { Look } from './look.ts';
import type { MonitorWorld, WatchedModel } from './world.ts';

/** More rows make a verdict no surer. */
const MOST_ROWS = 200_000;

/** Each part of a span has its share of them, so that a busy night does not stand for the day. */
const PARTS = 24;

/** Which events are looked at: the first ones of each part of the span. */
export function sampled(span: Window): (event: Pick<CapturedEvent, 'at' | 'rows'>) => boolean {
  const rows = new Uint32Array(PARTS);
  return (event) => {
    const part = Math.floor(((event.at - span.from) / (span.to - span.from)) * PARTS);
    const taken = rows[part] ?? 0;
    if (taken >= MOST_ROWS / PARTS) return false;
    rows[part] = taken + event.rows;
    return true;
  };
}

/** Captured requests, and lines that are none. */
export interface Counts {
  readonly captured: number;
  readonly unreadable: number;
}

/** Without looking at what is in them. */
export const countCaptured = (world: MonitorWorld, model: string, span: Window): Promise<Counts> =>
  read(world, model, span, () => undefined);

interface Known {
  readonly baseline: Baseline;
  readonly truths: ReadonlyMap<string, Truth>;
}

/** The profile of the rows that the live version has answered; what another one has answered in the same time is not in it. */
export async function profileOf(
  world: MonitorWorld,
  { model, version, watched, span }: Look & { readonly version: number; readonly span: Window },
  { baseline, truths }: Known,
): Promise<{ readonly counts: Counts; readonly profile: Profile }> {
  const manifest = await world.registry.manifest(model, version);
  const tensor = hiddenIn(watched, baseline);
  const opened = tensor === undefined ? undefined : await world.hidden(manifest, tensor);
  try {
    const hidden = opened?.signature.outputs.find(({ name }) => name === tensor);
    const builder = new ProfileBuilder(planOf(manifest, watched, baseline, hidden));
    const isSampled = sampled(span);
    const counts = await read(world, model, span, async (event) => {
      if (!isOf(event, version) || !isSampled(event)) return;
      const within = opened && tensor !== undefined ? await hiddenOf(opened, tensor, event) : undefined;
      builder.addEvent(toldBy(manifest.signature, event), {
        truths: truthsOf(event, truths),
        ...(within && { hidden: within }),
      });
    });
    return { counts, profile: builder.profile() };
  } finally {
    await opened?.close();
  }
}

/** The tensor within the graph that both sides can tell of. */
export const hiddenIn = ({ watch }: WatchedModel, { said }: Baseline): string | undefined =>
  said.hidden === watch.drift?.hidden ? said.hidden : undefined;

/** What is looked at of a version: its features are named as the baseline names them. */
function planOf(
  { signature, labels, task }: Manifest,
  { capture, watch, feedback }: WatchedModel,
  { said }: Baseline,
  hidden: TensorSpec | undefined,
): FeaturePlan {
  const { sensitive } = capture ?? {};
  const { ignore } = watch.drift ?? {};
  return featurePlan({
    signature,
    ...(labels && { labels }),
    ...(task !== undefined && { task }),
    ...(feedback?.output !== undefined && { output: feedback.output }),
    ...(said.columns && { columns: said.columns }),
    ...(sensitive && { sensitive }),
    ...(ignore && { ignore }),
    ...(hidden && { hidden }),
  });
}

const truthsOf = ({ id, rows }: CapturedEvent, truths: ReadonlyMap<string, Truth>): (Truth | undefined)[] =>
  Array.from({ length: rows }, (_, row) => truths.get(rows === 1 ? id : `${id}/${row}`));

/** Files of Model Monitor do not say which version has answered. */
const isOf = (event: CapturedEvent, version: number): boolean => event.version === version || event.version === 0;

async function read(
  { store, onMessage }: MonitorWorld,
  model: string,
  span: Window,
  onEvent: (event: CapturedEvent) => Promise<void> | void,
): Promise<Counts> {
  const unreadable = new Map<string, number>();
  // What comes late is looked for in the hour behind, too; a line that says no time is of the hour that it is in.
  const own = hoursOf(span).map((hour) => capturePrefix(model) + hourFolder(hour));
  const onUnreadable = (key: string): void => {
    if (own.some((folder) => key.startsWith(folder))) unreadable.set(key, (unreadable.get(key) ?? 0) + 1);
  };
  let captured = 0;
  for await (const event of readCapture(store, model, span, onUnreadable)) {
    captured += 1;
    await onEvent(event);
  }
  for (const [key, lines] of unreadable) onMessage?.(`${key}: ${lines} lines are no captured requests`);
  return { captured, unreadable: unreadable.values().reduce((sum, lines) => sum + lines, 0) };
}
