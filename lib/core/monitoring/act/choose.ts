import { secondsOf } from '../../duration.ts';
import type { Watched } from '../monitor/documents.ts';
import type { ActionKind } from '../watch-options.ts';
import type { ActionStatus } from './actions.ts';

const COOLDOWN = '1d';

/** All that an answer to an alarm depends on. Times are ms since 1970. */
export interface Situation {
  readonly model: string;
  readonly about: Watched;
  readonly wanted: ActionKind;
  readonly now: number;
  /** Between two actions. @default '1d' */
  readonly cooldown: string | undefined;
  /** When the alarm went off, and when it was OK before. */
  readonly alarm: { readonly at: number; readonly okAt: number };
  /** The version that the alarm was judged on. @default - it is not known */
  readonly judged?: number | undefined;
  readonly live: { readonly version: number; readonly since: number; readonly isDivided: boolean };
  /** A training of the model that is under way. @default - none */
  readonly training: string | undefined;
  /** The latest first. */
  readonly actions: readonly ActionStatus[];
}

export interface Choice {
  readonly kind: ActionKind;
  /** What was wanted, and why it is not done. */
  readonly instead?: { readonly kind: ActionKind; readonly why: string };
}

/** What is done about an alarm; undefined where people were told of the same within the cooldown. */
export function choose(situation: Situation): Choice | undefined {
  const { wanted } = situation;
  const why = wanted === 'notify' ? undefined : reasonAgainst(situation);
  if (wanted !== 'notify' && why === undefined) return { kind: wanted };
  if (isTold(situation, why)) return undefined;
  return { kind: 'notify', ...(why !== undefined && { instead: { kind: wanted, why } }) };
}

const isDeed = ({ request }: ActionStatus): boolean => request.kind !== 'notify';
/** One that has ended before a training was there says nothing of what trainings lead to. */
const isTraining = ({ request, end, decision }: ActionStatus): boolean =>
  end
    ? end.training !== undefined
    : request.kind === 'retrain' || (request.kind === 'approve' && decision?.decision === 'approve');

const cooldownMs = ({ cooldown = COOLDOWN }: Situation): number => secondsOf(cooldown) * 1000;

const isRecent = (situation: Situation, { request }: ActionStatus): boolean =>
  situation.now - Date.parse(request.at) < cooldownMs(situation);

/** Each alarm may say what it wants once in a cooldown, and once why that is not done. */
const isTold = (situation: Situation, why: string | undefined): boolean =>
  situation.actions.some(
    (status) =>
      !isDeed(status) &&
      isRecent(situation, status) &&
      status.request.about === situation.about &&
      (status.request.instead === undefined) === (why === undefined),
  );

function reasonAgainst(situation: Situation): string | undefined {
  return byTraffic(situation) ?? byCooldown(situation) ?? byItsOwn(situation);
}

/** What the alarm is about is not what is live. */
function byTraffic({ model, live, alarm, judged }: Situation): string | undefined {
  if (live.isDivided) return `${model} has a canary under way, and an alarm ends that`;
  if (judged !== undefined && judged !== live.version) return `it is about version ${judged}, which is not live`;
  return live.since > alarm.at ? `${model}@live was moved since` : undefined;
}

function byCooldown(situation: Situation): string | undefined {
  const last = situation.actions.find(isDeed);
  if (!last || !isRecent(situation, last)) return undefined;
  const { action, kind, at } = last.request;
  return `${action} (${kind}) was at ${at}, and there is one action in ${situation.cooldown ?? COOLDOWN}`;
}

function byItsOwn(situation: Situation): string | undefined {
  return situation.wanted === 'rollback' ? againstRollback(situation) : againstTraining(situation);
}

/** What was rolled back to is not rolled back: that would lead to what was bad before. */
function againstRollback({ live, actions, model }: Situation): string | undefined {
  const last = actions.find(({ request, end }) => request.kind === 'rollback' && end?.state === 'done');
  if (!last || last.end?.version !== live.version) return undefined;
  return `${last.request.action} has rolled ${model} back to version ${live.version} already`;
}

/** A training that has not helped is not repeated. */
function againstTraining({ live, alarm, actions, training }: Situation): string | undefined {
  if (training !== undefined) return `${training} is under way`;
  const waiting = actions.find(({ state }) => state === 'waiting');
  if (waiting) return `${waiting.request.action} waits for a person`;
  const last = actions.find(isTraining);
  if (!last) return undefined;
  const { action, version, at } = last.request;
  if (live.version === version) return `the training of ${action} has led to no version that is live`;
  if (alarm.okAt > Date.parse(at)) return undefined;
  return `the alarm has never been OK since the training of ${action}`;
}
