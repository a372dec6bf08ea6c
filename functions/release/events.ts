import * as v from 'valibot';
import { stackName } from '#core/deployment/names.ts';
import { invalid } from '#core/errors.ts';
import type { TaskEvent } from '#core/release/events.ts';

const text = v.pipe(v.string(), v.nonEmpty());
const said = { actor: text, reason: text };

/** What a person asks of the function by Invoke. */
const command = v.variant('task', [
  v.strictObject({ task: v.literal('decide'), release: text, decision: v.picklist(['approve', 'reject']), ...said }),
  v.strictObject({ task: v.literal('abort'), release: text, ...said }),
  v.strictObject({ task: v.literal('rollback'), model: text, version: v.optional(v.number()), ...said }),
  v.strictObject({ task: v.literal('expire') }),
  v.strictObject({ task: v.literal('status'), release: text }),
  v.strictObject({ task: v.literal('options'), model: text }),
]);

export type Command = v.InferOutput<typeof command>;

/** What EventBridge tells, as far as it is read. */
const alarm = v.object({
  'detail-type': v.literal('CloudWatch Alarm State Change'),
  time: v.pipe(v.string(), v.isoTimestamp()),
  detail: v.object({
    alarmName: text,
    state: v.object({ value: text, reason: v.optional(v.string(), 'no reason given') }),
  }),
});

const stack = v.object({
  'detail-type': v.literal('CloudFormation Stack Status Change'),
  id: text,
  detail: v.object({ 'stack-id': text, 'status-details': v.object({ status: text }) }),
});

const schedule = v.object({ 'detail-type': v.literal('Scheduled Event') });

/** What has happened in the world of a stage, in our words. */
export type Happening =
  /** An alarm was raised. */
  | { readonly what: 'alarm'; readonly name: string; readonly reason: string; readonly at: number }
  /** Its stack has other code or settings. `id` names the event, which may be told twice. */
  | { readonly what: 'deployment'; readonly id: string }
  | { readonly what: 'schedule' }
  /** An event that is none of ours to act on. */
  | { readonly what: 'nothing' };

export type Asked =
  | { readonly kind: 'task'; readonly task: TaskEvent }
  | { readonly kind: 'command'; readonly command: Command }
  | { readonly kind: 'happening'; readonly happening: Happening };

const COMMANDS: readonly unknown[] = [
  'decide',
  'abort',
  'rollback',
  'expire',
  'status',
  'options',
] satisfies Command['task'][];
const NOTHING: Happening = { what: 'nothing' };

/**
 * What the function is asked for: a state of the workflow, a person's word, or something that EventBridge tells.
 * Throws `release.request`.
 */
export function askedBy(event: unknown, stage: string | undefined): Asked {
  const { task, 'detail-type': told } = (event ?? {}) as Record<string, unknown>;
  if (typeof task === 'string') {
    // What a workflow asks is ours from end to end.
    if (!COMMANDS.includes(task)) return { kind: 'task', task: event as TaskEvent };
    return { kind: 'command', command: parse(command, event) };
  }
  if (typeof told === 'string') return { kind: 'happening', happening: happeningOf(event, stage) };
  throw invalid(
    'release.request',
    'The function of releases was asked for nothing that it knows: no `task`, no event.',
  );
}

function happeningOf(event: unknown, stage: string | undefined): Happening {
  if (v.is(schedule, event)) return { what: 'schedule' };
  if (v.is(alarm, event)) return alarmOf(event);
  if (v.is(stack, event)) return deploymentOf(event, stage);
  return NOTHING;
}

function alarmOf({ detail, time }: v.InferInput<typeof alarm>): Happening {
  if (detail.state.value !== 'ALARM') return NOTHING;
  const { reason = 'no reason given' } = detail.state;
  // EventBridge tells whole seconds: one that came within the second in which traffic was moved came after it, to be safe.
  return { what: 'alarm', name: detail.alarmName, reason, at: Date.parse(time) + 999 };
}

/** Of a stack's ARN, `…:stack/NAME/ID`. Only what has gone through is a deployment. */
function deploymentOf({ id, detail }: v.InferInput<typeof stack>, stage: string | undefined): Happening {
  const [, name] = /:stack\/([^/]+)\//.exec(detail['stack-id']) ?? [];
  const isOurs = stage !== undefined && name === stackName(stage);
  return isOurs && detail['status-details'].status === 'UPDATE_COMPLETE' ? { what: 'deployment', id } : NOTHING;
}

function parse<T>(schema: v.GenericSchema<unknown, T>, value: unknown): T {
  const { success, output, issues } = v.safeParse(schema, value);
  if (success) return output;
  const [issue] = issues;
  throw invalid('release.request', `The request is wrong: ${v.getDotPath(issue) ?? 'the top'}: ${issue.message}.`);
}
