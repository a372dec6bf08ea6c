import { setTimeout as sleep } from 'node:timers/promises';
import { Executions } from '#adapters/aws/executions.ts';
import { Stacks } from '#adapters/aws/stacks.ts';
import { stackName } from '#core/deployment/names.ts';
import { OnnwardError } from '#core/errors.ts';
import { readDocument } from '#core/training/store.ts';
import type { TuneAnswer, TuneRequest } from '#core/training/tuning/events.ts';
import { untilStopped } from './signals.ts';
import type { WorkflowStage } from './stage-workflow.ts';
import { findTrainings } from './training-stage.ts';
import { followTuning } from './tune-follow.ts';
import type { TuneRunOptions } from './tune-place.ts';
import { workflowFailure } from './workflow-failure.ts';

const LOOK_MS = 1000;

/**
 * Starts the workflow in AWS and tells how it goes; after a Ctrl-C it goes on there. Throws `training.interrupted`,
 * `training.no_workflow`, `tuning.no_workflow`, and what refused it.
 */
export async function runTuningInStage(stage: string, request: TuneRequest, { json }: TuneRunOptions): Promise<string> {
  const found = await findTrainings(stage);
  const workflow = await workflowOf(found);
  const executions = new Executions(found.region);
  const left = new AbortController();
  const told = new AbortController();
  void untilStopped(() => left.abort());
  try {
    const execution = await executions.start(workflow, request);
    const tuning = await openedBy(executions, execution, left.signal);
    if (tuning === undefined) throw goesOn(found.stage, undefined);
    const following = json ? Promise.resolve() : followTuning(found.store, tuning, told.signal);
    await untilOver(found, tuning, executions, execution, left.signal);
    told.abort();
    await following;
    if (left.signal.aborted) throw goesOn(found.stage, tuning);
    return tuning;
  } finally {
    executions.close();
  }
}

async function workflowOf({ stage, region }: WorkflowStage): Promise<string> {
  const stacks = new Stacks(region);
  try {
    const workflow = (await stacks.state(stackName(stage)))?.outputs['TuningWorkflow'];
    if (workflow !== undefined) return workflow;
    throw noWorkflow(stage);
  } finally {
    stacks.close();
  }
}

async function untilOver(
  { store }: WorkflowStage,
  tuning: string,
  executions: Executions,
  execution: string,
  left: AbortSignal,
): Promise<void> {
  while (!left.aborted && !(await readDocument(store, tuning, 'end'))) {
    if ((await executions.state(execution)).status !== 'RUNNING') return;
    await sleep(LOOK_MS, undefined, { signal: left }).catch(() => undefined);
  }
}

async function openedBy(executions: Executions, execution: string, left: AbortSignal): Promise<string | undefined> {
  while (!left.aborted) {
    const state = await executions.state(execution);
    const answer = (await executions.answerOf(execution, 'open')) as TuneAnswer | undefined;
    if (answer) return answer.training;
    if (state.status !== 'RUNNING') {
      throw workflowFailure(state.error ?? state.status, state.cause ?? '', 'training.failed');
    }
    await sleep(LOOK_MS, undefined, { signal: left }).catch(() => undefined);
  }
  return undefined;
}

const goesOn = (stage: string, tuning: string | undefined): OnnwardError =>
  new OnnwardError(`You look no longer, and ${tuning ?? 'the tuning'} goes on in AWS.`, {
    code: 'training.interrupted',
    kind: 'unavailable',
    fix:
      tuning === undefined
        ? `Run \`onnward trainings --stage ${stage}\` to find it.`
        : `Run \`onnward tune ${tuning} --stage ${stage}\` to look again, or \`onnward trainings stop ${tuning} --stage ${stage}\` to end it.`,
    fields: { stage, tuning },
  });

const noWorkflow = (stage: string): OnnwardError =>
  new OnnwardError(`No model of stage ${stage} has \`tuning\`, as it was deployed last.`, {
    code: 'tuning.no_workflow',
    kind: 'not-found',
    fix: `Add \`tuning\` to the training of a model in onnward.config.ts, and run \`onnward deploy --stage ${stage}\`.`,
    fields: { stage },
  });
