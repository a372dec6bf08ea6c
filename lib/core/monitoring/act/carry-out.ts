import { writeOnce } from '../../documents.ts';
import { OnnwardError } from '../../errors.ts';
import { actionKey, liveRowsPrefix, parseActionId } from '../keys.ts';
import type { ActionEnd, ActionRequest } from '../monitor/documents.ts';
import type { MonitorWorld, Said } from '../monitor/world.ts';
import type { ObjectStore } from '../../ports.ts';
import type { Registry } from '../../registry/registry.ts';
import { parseTrainingId } from '../../training/keys.ts';
import { trainingFor } from '../../training/trainings.ts';
import type { ActionStatus } from './actions.ts';

/** How long a person is waited for. */
const EXPIRES_MS = 7 * 86_400_000;
/** How long is tried to do what nobody has to decide on: later the alarm may long be over. */
const TRIED_MS = 86_400_000;

/** Until when an action that waits can be decided on, ms since 1970. */
export const expiryOf = ({ at }: ActionRequest): number => Date.parse(at) + EXPIRES_MS;

/**
 * Brings an action to its end, or as far as it comes without a person, from wherever it stands. Done again, it comes to the
 * same. With `tell`, people are asked for what waits for them. Throws what may pass.
 */
export async function carryOut(
  world: MonitorWorld,
  status: ActionStatus,
  { tell }: { readonly tell: boolean },
): Promise<ActionStatus> {
  const { request } = status;
  const ending = status.end ?? (await endingOf(world, status));
  if (!ending) {
    if (tell) await notify(world, request, `waits for a person until ${iso(expiryOf(request))}. ${decideBy(request)}`);
    return status;
  }
  if (!status.end) await notify(world, request, said(ending));
  const end = status.end ?? (await writeOnce(world.store, keyOf(request, 'end'), ending));
  await record(world, status, end);
  return { ...status, end, state: end.state };
}

/** Undefined as long as a person is to decide. */
async function endingOf(world: MonitorWorld, status: ActionStatus): Promise<ActionEnd | undefined> {
  const { request, decision } = status;
  const { kind, model, action, cause: actor, reason } = request;
  const at = iso(world.clock());
  if (await isTooLate(world, status)) return { state: 'expired', at, message: 'It could not be done within a day.' };
  if (kind === 'notify') return { state: 'done', at, message: instead(request) };
  if (kind === 'rollback') return settled(at, () => rollBack(world, request));
  if (kind === 'retrain') return settled(at, () => retrain(world, model, { action, actor, reason }));
  if (!decision) {
    const message = 'Nobody has decided in time.';
    return world.clock() < expiryOf(request) ? undefined : { state: 'expired', at, message };
  }
  const { actor: person, reason: why } = decision;
  if (decision.decision === 'reject') return { state: 'rejected', at, message: `${person} rejected it: ${why}` };
  return settled(at, () => retrain(world, model, { action, actor: person, reason: `${reason} Approved: ${why}` }));
}

type Done = Omit<ActionEnd, 'state' | 'at'>;

/** What will fail each time has failed; what may pass is thrown. */
async function settled(at: string, work: () => Promise<Done>): Promise<ActionEnd> {
  try {
    return { state: 'done', at, ...(await work()) };
  } catch (error) {
    if (!(error instanceof OnnwardError) || error.kind === 'unavailable' || error.kind === 'internal') throw error;
    return { state: 'failed', at, message: error.fix === undefined ? error.message : `${error.message} ${error.fix}` };
  }
}

/** What was done and not recorded yet is never too late. */
async function isTooLate({ store, registry, clock }: MonitorWorld, { request, decision }: ActionStatus) {
  const { kind, model, action, at } = request;
  const since = kind === 'approve' ? decision?.at : at;
  if (kind === 'notify' || decision?.decision === 'reject' || since === undefined) return false;
  if (clock() < Date.parse(since) + TRIED_MS) return false;
  const done = kind === 'rollback' ? rolledBackTo(registry, request) : trainingFor(store, model, action);
  return (await done) === undefined;
}

/** Whoever was killed behind it finds what it has done. */
async function rollBack({ actors, registry }: MonitorWorld, request: ActionRequest): Promise<Done> {
  const { model, action, cause: actor, reason, version: from } = request;
  const live = await registry.alias(model, 'live');
  const version =
    live && live.version !== from
      ? await rolledBackTo(registry, request)
      : await actors.rollBack(model, { action, actor, reason, version: from });
  if (version === undefined) throw moved(model, from, live?.version);
  return { message: `Version ${version} is live again, in place of ${from}.`, version };
}

/** The version that this action has brought back, as the history has it. */
async function rolledBackTo(registry: Registry, request: ActionRequest): Promise<number | undefined> {
  const { model, cause, reason, version: from, at } = request;
  for await (const record of registry.history(model)) {
    const isOurs = record.action === 'rollback' && record.actor === cause && record['why'] === reason;
    if (isOurs && record['from'] === from && record.at >= at) return Number(record['to']);
  }
  return undefined;
}

const moved = (model: string, from: number, live: number | undefined): OnnwardError =>
  new OnnwardError(`Somebody has moved ${model}@live from version ${from} to ${live} meanwhile.`, {
    code: 'rollback.moved',
    kind: 'conflict',
  });

/** With the rows that came live and have their truth, as far as there are any. */
async function retrain({ actors, store }: MonitorWorld, model: string, said: Said): Promise<Done> {
  const live = liveRowsPrefix(model, 'training');
  const channels: Record<string, string> = (await hasAny(store, live)) ? { live } : {};
  const training = await actors.retrain(model, { ...said, channels });
  const what = parseTrainingId(training) ? `Training ${training}` : `The training of the execution ${training}`;
  return { message: `${what} was begun with the newest data.`, training };
}

async function hasAny(store: ObjectStore, prefix: string): Promise<boolean> {
  for await (const _ of store.list(prefix)) return true;
  return false;
}

const instead = ({ instead: other }: ActionRequest): string =>
  other ? `Told people. There is no ${other.kind}: ${other.why}.` : 'Told people.';

const said = ({ state, message }: ActionEnd): string => `${state === 'done' ? 'is done' : `is ${state}`}: ${message}`;

const decideBy = ({ action }: ActionRequest): string =>
  `Train anew with \`onnward approve ${action} --reason …\`, or not: \`onnward reject ${action} --reason …\`.`;

/** Nothing depends on whoever reads it. */
async function notify({ actors }: MonitorWorld, request: ActionRequest, what: string): Promise<void> {
  const { model, action, about, kind, reason } = request;
  const news = {
    model,
    subject: `${model}: ${about} alarm, ${kind}`,
    message: `${reason} ${action} (${kind}) ${what}`,
  };
  await actors.notify(news).catch(() => undefined);
}

async function record({ registry }: MonitorWorld, { request, decision }: ActionStatus, end: ActionEnd): Promise<void> {
  const { model, action, kind, about, cause, reason, at, version, instead: other } = request;
  const entry = {
    action: 'act',
    actor: decision?.actor ?? cause,
    why: reason,
    id: action,
    kind,
    about,
    version,
    state: end.state,
    message: end.message,
    ...(other && { instead: other.kind }),
    ...(end.training !== undefined && { training: end.training }),
    ...(end.version !== undefined && { live: end.version }),
  };
  await registry.record(model, entry, {
    since: at,
    isSame: (there) => there.action === 'act' && there['id'] === action,
  });
}

const keyOf = ({ action, model }: ActionRequest, name: string): string =>
  actionKey(model, parseActionId(action)?.number ?? 0, name);

const iso = (ms: number): string => new Date(ms).toISOString();
