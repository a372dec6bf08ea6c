import { setTimeout as sleep } from 'node:timers/promises';
import { Executions } from '#adapters/aws/executions.ts';
import { releaseName } from '#core/deployment/names.ts';
import { OnnwardError } from '#core/errors.ts';
import type { GoOn, NewRelease, TaskAnswer } from '#core/release/events.ts';
import { follow, seenOf, untilEnded } from './release-follow.ts';
import type { Ask, RunOptions } from './release-place.ts';
import { untilStopped } from './signals.ts';
import { askFunction, findWorkflow, type WorkflowStage } from './stage-workflow.ts';
import { workflowFailure } from './workflow-failure.ts';

const LOOK_MS = 1000;

/** Throws `config.*`, `aws.*`, `deploy.wrong_account`, `release.no_workflow`. */
export const findReleases = (name: string | undefined): Promise<WorkflowStage> =>
  findWorkflow(name, 'ReleaseWorkflow', noWorkflow);

/** Starts the workflow in AWS and tells how it goes; after a Ctrl-C it goes on there. Throws `release.left`, and what refused it. */
export async function runInStage(
  found: WorkflowStage,
  request: NewRelease | GoOn,
  { json }: RunOptions,
): Promise<string | undefined> {
  const seen = 'release' in request ? await seenOf(found.store, request.release) : undefined;
  const executions = new Executions(found.region);
  const left = new AbortController();
  void untilStopped(() => left.abort());
  try {
    const execution = await executions.start(
      found.workflow,
      'release' in request ? request : { actor: found.actor, ...request },
    );
    const { release } = await openedBy(executions, execution, left.signal);
    if (release === '') return undefined;
    const told = new AbortController();
    const following = json ? Promise.resolve() : follow(found.store, release, told.signal, seen);
    let hasEnded = false;
    untilEnded(found.store, release, told.signal).then(
      () => (hasEnded = true),
      () => undefined,
    );
    const isOver = async () => hasEnded || (await executions.state(execution)).status !== 'RUNNING';
    while (!left.signal.aborted && !(await isOver())) await sleep(LOOK_MS);
    told.abort();
    await following;
    if (left.signal.aborted) throw goesOn(found.stage, release);
    return release;
  } finally {
    executions.close();
  }
}

/** Has the stage's function answer one event. Throws by its own code what it throws. */
export const askStage = (found: WorkflowStage, event: Ask): Promise<unknown> =>
  askFunction(found, releaseName(found.stage), event, 'release.failed');

async function openedBy(executions: Executions, execution: string, left: AbortSignal): Promise<TaskAnswer> {
  for (;;) {
    const state = await executions.state(execution);
    const answer = await executions.answerOf(execution, 'open');
    if (answer) return answer as TaskAnswer;
    if (state.status !== 'RUNNING')
      throw workflowFailure(state.error ?? state.status, state.cause ?? '', 'release.failed');
    if (left.aborted) return { release: '', next: 'nothing' };
    await sleep(LOOK_MS);
  }
}

const goesOn = (stage: string, release: string): OnnwardError =>
  new OnnwardError(`You look no longer, and ${release} goes on in AWS.`, {
    code: 'release.interrupted',
    kind: 'unavailable',
    fix: `Run \`onnward watch ${release} --stage ${stage}\` to look again.`,
    fields: { stage, release },
  });

const noWorkflow = (stage: string): OnnwardError =>
  new OnnwardError(`Stage ${stage} is not deployed, or no model of it has gates.`, {
    code: 'release.no_workflow',
    kind: 'not-found',
    fix: `Add \`gates\` to a model in onnward.config.ts, and run \`onnward deploy --stage ${stage}\`.`,
    fields: { stage },
  });
