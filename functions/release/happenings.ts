import { alarmOf } from '#core/deployment/names.ts';
import { HEALTH_EVENT } from '#core/deployment/function-event.ts';
import { OnnwardError } from '#core/errors.ts';
import { abortRelease } from '#core/release/abort.ts';
import { expireReleases } from '#core/release/expire.ts';
import { lastRelease } from '#core/release/releases.ts';
import type { Happening } from './events.ts';
import type { Stage } from './stage.ts';
import { startDeployed, startLate } from './starts.ts';
import type { Opened } from './world.ts';

/** What was done about it, for the log. */
export interface Done {
  readonly done: string;
  readonly [field: string]: unknown;
}

const nothing = (why: string): Done => ({ done: 'nothing', why });

/** Acts on what EventBridge tells; being told twice changes nothing more. Throws what may pass, to be told again. */
export async function act(opened: Opened, happening: Happening): Promise<Done> {
  const { stage } = opened;
  if (happening.what === 'nothing') return nothing('no event to act on');
  if (!stage) return nothing('no stage of AWS');
  if (happening.what === 'alarm') return onAlarm(opened, stage, happening);
  return happening.what === 'deployment' ? onDeployment(opened, stage, happening.id) : onSchedule(opened, stage);
}

type Alarm = Extract<Happening, { readonly what: 'alarm' }>;

/**
 * An alarm that goes off while traffic is divided ends the release: whose fault it is can be found out in peace. Before
 * that, nothing of the challenger's reaches anybody. What is done of a live version's alarms, monitoring does.
 */
async function onAlarm(opened: Opened, stage: Stage, alarm: Alarm): Promise<Done> {
  const { world, models } = opened;
  const model = models.find((name) => alarmOf(stage.name, name, alarm.name) !== undefined);
  if (model === undefined) return nothing(`${alarm.name} is no alarm of a model that is released`);
  const record = await world.registry.alias(model, 'live');
  if (!record || Date.parse(record.updatedAt) > alarm.at) return nothing(`${model}@live was moved since`);
  const { name: actor, reason } = alarm;
  const last = record.challenger === undefined ? undefined : await lastRelease(world.store, model);
  if (!last || last.end) return nothing(`${model} has no canary under way`);
  const { release } = last.release;
  try {
    const { state } = await abortRelease(world, release, { actor, reason, by: 'alarm' });
    return { done: 'abort', release, state };
  } catch (error) {
    // The first of two that were told the same has done it.
    if (error instanceof OnnwardError && error.code === 'release.ended') return nothing(error.message);
    throw error;
  }
}

async function onDeployment(opened: Opened, stage: Stage, id: string): Promise<Done> {
  if (stage.workflow === undefined) return nothing('no workflow to start');
  return { done: 'start', started: await startDeployed(opened, stage, id) };
}

/** Closes what nobody has decided in time, begins what could not begin, and calls what rollbacks would lead to. What fails keeps no other from it. */
async function onSchedule(opened: Opened, stage: Stage): Promise<Done> {
  // A release that is closed makes room for the next one.
  const [expired] = await Promise.allSettled([expireReleases(opened.world)]);
  const [started, awake] = await Promise.allSettled([startLate(opened, stage), wakePrevious(opened, stage)]);
  return { done: 'look', expired: valueOf(expired), started: valueOf(started), awake: valueOf(awake) };
}

/** Throws what it was rejected for. */
function valueOf<T>(settled: PromiseSettledResult<T>): T {
  if (settled.status === 'fulfilled') return settled.value;
  throw settled.reason;
}

/** Lambda puts to sleep what is not called for weeks. */
async function wakePrevious({ world, models }: Opened, stage: Stage): Promise<string[]> {
  const awake: string[] = [];
  for (const model of models) {
    const target = (await previousOf(world, model))?.target;
    if (target === undefined) continue;
    // A call that is refused wakes it all the same.
    const answered = await stage
      .fn(model)
      .invoke(target, HEALTH_EVENT)
      .catch(() => undefined);
    if (answered && !answered.crash) awake.push(model);
  }
  return awake;
}

/** Undefined also of a model that was never registered. */
async function previousOf({ registry }: Opened['world'], model: string) {
  try {
    return await registry.alias(model, 'previous');
  } catch (error) {
    if (error instanceof OnnwardError && error.code === 'model.not_found') return undefined;
    throw error;
  }
}
