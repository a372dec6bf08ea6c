import { afterGates } from './approve.ts';
import { runCanary } from './canary/run-canary.ts';
import { planEvaluation } from './evaluation/plan-evaluation.ts';
import { reduceEvaluation } from './evaluation/reduce.ts';
import { scoreEvaluationShard } from './evaluation/score-shard.ts';
import type { TaskAnswer, TaskEvent } from './events.ts';
import { judgeGates } from './gates/judge-gates.ts';
import { goLive } from './live.ts';
import { openRelease } from './open.ts';
import { publishRelease, warmUpRelease } from './publish.ts';
import { recordRelease } from './record.ts';
import type { Release } from './release.ts';
import { rollBackRelease } from './roll-back.ts';
import { runShadow } from './shadow/run-shadow.ts';
import { readRelease } from './store.ts';
import { isOver } from './traffic.ts';
import { verifyRelease } from './verify.ts';
import type { ReleaseWorld } from './world.ts';

type Task = (world: ReleaseWorld, release: Release) => Promise<TaskAnswer>;

const TASKS: Readonly<Record<Exclude<TaskEvent['task'], 'open' | 'score' | 'roll back'>, Task>> = {
  verify: verifyRelease,
  'plan evaluation': planEvaluation,
  reduce: reduceEvaluation,
  gates: async (world, release) => afterGates(world, release, await judgeGates(world, release)),
  publish: publishRelease,
  'warm up': warmUpRelease,
  shadow: runShadow,
  canary: runCanary,
  live: goLive,
  record: recordRelease,
};

/** Answers one state of the workflow. Every one may die anywhere and be done again: what it recorded stands. */
export async function runTask(world: ReleaseWorld, event: TaskEvent): Promise<TaskAnswer | object> {
  if (event.task === 'open') return openRelease(world, event.execution, event.input);
  const release = await readRelease(world.store, event.release);
  if (event.task === 'score') return scoreEvaluationShard(world, release, event.shard);
  if (event.task === 'roll back') return rollBackRelease(world, release, event.input);
  if (event.task !== 'record' && (await isOver(world.store, release.release))) {
    return { release: release.release, next: 'roll back' };
  }
  const answer = await TASKS[event.task](world, release);
  if (answer.next === 'wait') await tellOfWait(world, release, answer);
  return answer;
}

async function tellOfWait(world: ReleaseWorld, release: Release, { reason = '' }: TaskAnswer): Promise<void> {
  const { release: id, model, version } = release;
  const message = `${model}:${version} waits: ${reason} Next: \`onnward approve ${id} --reason …\`, or \`onnward reject ${id} --reason …\`.`;
  await world.notify({ release: id, model, version, state: 'waiting', message }).catch(() => undefined);
}
