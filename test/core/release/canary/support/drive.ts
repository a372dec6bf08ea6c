import type { TaskAnswer } from '#core/release/events.ts';
import { runCanary } from '#core/release/canary/run-canary.ts';
import { readCanary } from '#core/release/canary/records.ts';
import type { Place } from './place.ts';

/** Calls a canary as the workflow does, until it says something else than `bake`. The clock goes on as it says. */
export async function drive({ world, release, time }: Place, most = 500): Promise<TaskAnswer> {
  for (let call = 0; call < most; call++) {
    const answer = await runCanary(world, release);
    if (answer.next !== 'bake') return answer;
    time.now += (answer.seconds ?? 0) * 1000;
  }
  throw new Error(`it bakes for more than ${most} calls`);
}

/** Verdict, looks and requests of the challenger, of each step that has ended. */
export async function stepsOf({ store, release }: Place) {
  const { steps } = await readCanary(store, release);
  return steps.map(({ began, looks, ended }) => ({
    weight: began?.weight,
    verdict: ended?.verdict,
    seconds: ended?.seconds,
    looks: looks.length,
    requests: looks.at(-1)?.live.challenger.requests ?? 0,
  }));
}

/** Weights that traffic had, in order; 0 where all of it went to the champion. */
export const weightsOf = ({ traffic }: Place): number[] => traffic.splits.map(({ split }) => split.weight);
