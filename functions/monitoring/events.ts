import * as v from 'valibot';
import { alarmOf } from '#core/deployment/names.ts';
import { invalid } from '#core/errors.ts';
import type { Alarm } from '#core/monitoring/act/alarm.ts';
import type { Watched } from '#core/monitoring/monitor/documents.ts';

const text = v.pipe(v.string(), v.nonEmpty());

/** What a person asks of the function by Invoke. */
const command = v.variant('task', [
  /** Looks, acts, and finishes what was begun. */
  v.strictObject({ task: v.literal('monitor'), model: text }),
  /** Looks, and no more. */
  v.strictObject({ task: v.literal('look'), model: text }),
  v.strictObject({
    task: v.literal('decide'),
    action: text,
    decision: v.picklist(['approve', 'reject']),
    actor: text,
    reason: text,
  }),
  v.strictObject({ task: v.literal('forget'), model: text, subject: text, actor: text }),
]);

export type Command = v.InferOutput<typeof command>;

/** What EventBridge tells, as far as it is read. */
const alarm = v.object({
  'detail-type': v.literal('CloudWatch Alarm State Change'),
  id: text,
  time: v.pipe(v.string(), v.isoTimestamp()),
  detail: v.object({
    alarmName: text,
    state: v.object({ value: text, reason: v.optional(v.string(), 'no reason given') }),
  }),
});

const schedule = v.object({ 'detail-type': v.literal('Scheduled Event') });

export type Asked =
  | { readonly kind: 'command'; readonly command: Command }
  | { readonly kind: 'alarm'; readonly alarm: Alarm }
  | { readonly kind: 'schedule' }
  /** An event that is none of ours to act on. */
  | { readonly kind: 'nothing'; readonly why: string };

/** What the function is asked for, by a person or by EventBridge. Throws `monitor.request`. */
export function askedBy(event: unknown, stage: string | undefined, models: readonly string[]): Asked {
  const { task, 'detail-type': told } = (event ?? {}) as Record<string, unknown>;
  if (typeof task === 'string') return { kind: 'command', command: parse(event) };
  if (v.is(schedule, event)) return { kind: 'schedule' };
  if (stage !== undefined && v.is(alarm, event)) return alarmIn(event, stage, models);
  if (typeof told === 'string') return { kind: 'nothing', why: `${told} is nothing to act on` };
  throw invalid(
    'monitor.request',
    'The function of monitoring was asked for nothing that it knows: no `task`, no event.',
  );
}

const ABOUT: readonly string[] = ['accuracy', 'quality', 'drift'] satisfies Watched[];

function alarmIn({ id, time, detail }: v.InferInput<typeof alarm>, stage: string, models: readonly string[]): Asked {
  const { alarmName: cause, state } = detail;
  const model = models.find((name) => alarmOf(stage, name, cause) !== undefined);
  const about = model === undefined ? undefined : alarmOf(stage, model, cause);
  if (model === undefined || about === undefined || !ABOUT.includes(about)) {
    return { kind: 'nothing', why: `${cause} is about nothing that is watched` };
  }
  if (state.value !== 'ALARM' && state.value !== 'OK') {
    return { kind: 'nothing', why: `${cause} is ${state.value}, which says nothing` };
  }
  const { reason = 'no reason given' } = state;
  return {
    kind: 'alarm',
    // EventBridge tells whole seconds: what was moved within the second was moved before, to be safe.
    alarm: { model, about: about as Watched, state: state.value, cause, told: id, reason, at: Date.parse(time) + 999 },
  };
}

function parse(value: unknown): Command {
  const { success, output, issues } = v.safeParse(command, value);
  if (success) return output;
  const [issue] = issues;
  throw invalid('monitor.request', `The request is wrong: ${v.getDotPath(issue) ?? 'the top'}: ${issue.message}.`);
}
