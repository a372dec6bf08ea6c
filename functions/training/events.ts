import * as v from 'valibot';
import { invalid } from '#core/errors.ts';
import type { TaskEvent } from '#core/training/events.ts';
import type { TuneEvent } from '#core/training/tuning/events.ts';

const text = v.pipe(v.string(), v.nonEmpty());

/** What a person asks of the function by Invoke. */
const command = v.variant('task', [
  /** It ends for good. */
  v.strictObject({ task: v.literal('stop'), training: text, actor: text, reason: text }),
  /** It ends for now: whoever runs the workflow again goes on from the last checkpoint. */
  v.strictObject({ task: v.literal('pause'), training: text }),
]);

export type Command = v.InferOutput<typeof command>;

const COMMANDS: readonly unknown[] = ['stop', 'pause'] satisfies Command['task'][];

/** What the function is asked for: a state of one of its workflows, or a person's word. Throws `training.request`. */
export function askedBy(event: unknown): Command | TaskEvent | TuneEvent {
  const { task } = (event ?? {}) as Record<string, unknown>;
  if (typeof task !== 'string') {
    throw invalid('training.request', 'The function of trainings was asked for nothing that it knows: no `task`.');
  }
  // What a workflow asks is ours from end to end.
  if (!COMMANDS.includes(task)) return event as TaskEvent | TuneEvent;
  const { success, output, issues } = v.safeParse(command, event);
  if (success) return output;
  const [issue] = issues;
  throw invalid('training.request', `The request is wrong: ${v.getDotPath(issue) ?? 'the top'}: ${issue.message}.`);
}

/** States of the workflow of tunings have names that say so. */
export const isOfTuning = (event: TaskEvent | TuneEvent): event is TuneEvent => event.task.startsWith('tune ');
