import { accountJob } from '#core/batch/account.ts';
import type { AccountAnswer, PlanAnswer, TaskEvent } from '#core/batch/events.ts';
import { planJob } from '#core/batch/plan-job.ts';
import { scoreShard } from '#core/batch/score-shard.ts';
import type { BatchWorld } from '#core/batch/world.ts';
import { named } from '#core/named-error.ts';
import { openWorld } from './world.ts';

/** What is read of Lambda's context; on a laptop there is none. */
interface Context {
  getRemainingTimeInMillis(): number;
}

let opened: Promise<BatchWorld> | undefined;

/** What the workflow calls: `handler.handler`. What it throws is named by its code, as the workflow tells errors by their names. */
export async function handler(event: TaskEvent, context?: Context): Promise<PlanAnswer | AccountAnswer | object> {
  try {
    // The first invocation has the function's whole time, so that it is known from then on.
    opened ??= openWorld(process.env, context && Math.round(context.getRemainingTimeInMillis() / 1000));
    return await answer(await opened, event);
  } catch (error) {
    throw named(error);
  }
}

function answer(world: BatchWorld, event: TaskEvent): Promise<PlanAnswer | AccountAnswer | object> {
  if (event.task === 'plan') return planJob(world, event);
  return event.task === 'score' ? scoreShard(world, event) : accountJob(world, event);
}
