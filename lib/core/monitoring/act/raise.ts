import { secondsOf } from '../../duration.ts';
import { lastWindows } from '../monitor/last-windows.ts';
import { confirmedOf, qualityIn } from '../monitor/metrics-of.ts';
import type { Watched, WindowDocument } from '../monitor/documents.ts';
import type { MonitorWorld, WatchedModel } from '../monitor/world.ts';
import { recordsThatCame } from '../truth/records.ts';
import type { ActionStatus } from './actions.ts';
import { act } from './act.ts';
import { type Alarm, readAlarm } from './alarm.ts';

/** Windows that are looked at for the last one that says something. */
const LOOKED_AT = 24;

/** How something stands that is watched, once there is enough of it. */
type Level = Pick<Alarm, 'state' | 'cause' | 'reason' | 'at'>;

/**
 * The alarms of a machine without CloudWatch: what is watched is compared with its thresholds, and what comes to another state
 * is recorded and acted on. Undefined of what there is too little of keeps the state. The actions that were begun.
 */
export async function raiseAlarms(world: MonitorWorld, model: string): Promise<readonly ActionStatus[]> {
  const watched = world.models[model];
  if (!watched) return [];
  const windows = await lastWindows(world.store, model, LOOKED_AT, world.clock());
  const levels: readonly (readonly [Watched, Level | undefined])[] = [
    ['drift', driftLevel(windows)],
    ['quality', qualityLevel(watched, windows)],
    ['accuracy', await accuracyLevel(world, model, watched)],
  ];
  const begun: ActionStatus[] = [];
  for (const [about, level] of levels) {
    const action = level && watched.watch[about] ? await tell(world, model, about, level) : undefined;
    if (action) begun.push(action);
  }
  return begun;
}

/** A state that lasts is told once; one that was told, and not acted on, is told again. */
async function tell(
  world: MonitorWorld,
  model: string,
  about: Watched,
  level: Level,
): Promise<ActionStatus | undefined> {
  const there = (await readAlarm(world.store, model, about))?.record;
  if (there && !there.acted) return act(world, { model, about, ...there, at: Date.parse(there.at) });
  // Nobody has to hear that all is well from the beginning.
  if (level.state === (there?.state ?? 'OK')) return undefined;
  return act(world, { model, about, told: `${about} ${level.state} ${new Date(level.at).toISOString()}`, ...level });
}

function driftLevel(windows: readonly WindowDocument[]): Level | undefined {
  const last = windows.findLast((document) => confirmedOf(document) !== undefined);
  if (!last?.drift) return undefined;
  const { features, concept, rows } = last.drift;
  const confirmed = [...features, ...(concept ? [concept] : [])].filter((feature) => feature.confirmed);
  const names = confirmed.slice(0, 5).map(({ name }) => name);
  const more = confirmed.length > names.length ? ` and ${confirmed.length - names.length} more` : '';
  const reason =
    confirmed.length > 0
      ? `Of ${rows} rows of ${last.window}, ${names.join(', ')}${more} came to be otherwise than in training.`
      : `No feature of ${last.window} drifts.`;
  return { state: confirmed.length > 0 ? 'ALARM' : 'OK', cause: last.window, reason, at: Date.parse(last.to) };
}

function qualityLevel({ watch }: WatchedModel, windows: readonly WindowDocument[]): Level | undefined {
  const last = windows.findLast((document) => qualityIn(watch, document)?.value !== undefined);
  const figure = last && qualityIn(watch, last);
  if (!watch.quality || !last || !figure || figure.value === null) return undefined;
  const { below, above } = watch.quality;
  const isBad = (below !== undefined && figure.value < below) || (above !== undefined && figure.value > above);
  const limit = below === undefined ? `at most ${above}` : `${below} or more`;
  const reason = `${figure.metric} was ${figure.value.toPrecision(3)} in ${last.window}, and is to be ${limit}.`;
  return { state: isBad ? 'ALARM' : 'OK', cause: last.window, reason, at: Date.parse(last.to) };
}

/** Of the live version's answers whose truth came within the window that ends now. */
async function accuracyLevel(
  { store, registry, clock }: MonitorWorld,
  model: string,
  { watch: { accuracy } }: WatchedModel,
): Promise<Level | undefined> {
  if (!accuracy) return undefined;
  const to = clock();
  const live = await registry.alias(model, 'live');
  const records = await recordsThatCame({ store }, model, { from: to - secondsOf(accuracy.window) * 1000, to });
  const judged = records.filter(({ version, correct }) => version === live?.version && correct !== undefined);
  if (judged.length < accuracy.minimum) return undefined;
  const share = judged.filter(({ correct }) => correct).length / judged.length;
  const of = `${judged.length} answers whose truth came in ${accuracy.window}`;
  const reason = `Of ${of}, ${(share * 100).toFixed(1)} % were right, and are to be ${accuracy.below * 100} % or more.`;
  return { state: share < accuracy.below ? 'ALARM' : 'OK', cause: 'accuracy', reason, at: to };
}
