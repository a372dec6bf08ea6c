import { setTimeout as sleep } from 'node:timers/promises';
import { Executions } from '#adapters/aws/executions.ts';
import { trainingName } from '#core/deployment/names.ts';
import { OnnwardError } from '#core/errors.ts';
import type { ObjectStore } from '#core/ports.ts';
import type { GoOn, NewTraining, TaskAnswer } from '#core/training/events.ts';
import { readDocument, readTraining } from '#core/training/store.ts';
import { lastTraining } from '#core/training/trainings.ts';
import { untilStopped } from './signals.ts';
import { askFunction, findWorkflow, type WorkflowStage } from './stage-workflow.ts';
import { followTraining } from './training-follow.ts';
import type { TrainingAsk, TrainingRunOptions } from './training-place.ts';
import { workflowFailure } from './workflow-failure.ts';

const LOOK_MS = 1000;

/** Throws `config.*`, `aws.*`, `deploy.wrong_account`, `training.no_workflow`. */
export const findTrainings = (name: string | undefined): Promise<WorkflowStage> =>
  findWorkflow(name, 'TrainingWorkflow', noWorkflow);

/** Starts the workflow in AWS and tells how it goes; after a Ctrl-C it goes on there. Throws `training.interrupted`, and what refused it. */
export async function runTrainingInStage(
  found: WorkflowStage,
  request: NewTraining | GoOn,
  { json }: TrainingRunOptions,
): Promise<readonly string[]> {
  const executions = new Executions(found.region);
  const left = new AbortController();
  void untilStopped(() => left.abort());
  try {
    const input = 'training' in request ? request : { actor: found.actor, ...request };
    const execution = await executions.start(found.workflow, input);
    const first = await openedBy(executions, execution, left.signal);
    if (first === undefined) throw goesOn(found.stage, 'it');
    if (first === '') return [];
    const trainings = await followAll(found, first, { json, executions, execution, left: left.signal });
    if (left.signal.aborted) throw goesOn(found.stage, trainings.at(-1) ?? first);
    return trainings;
  } finally {
    executions.close();
  }
}

interface Following extends TrainingRunOptions {
  readonly executions: Executions;
  readonly execution: string;
  readonly left: AbortSignal;
}

/** The training, and the one that optimizes what it has made. */
async function followAll({ store }: WorkflowStage, first: string, following: Following): Promise<string[]> {
  const { json, left } = following;
  const trainings: string[] = [];
  for (let next: string | undefined = first; next !== undefined;) {
    const training: string = next;
    trainings.push(training);
    if (json) await untilEnded(store, training, following);
    else await followTraining(store, training, AbortSignal.any([left, await ending(store, training, following)]));
    next = left.aborted ? undefined : await followerOf(store, training, following);
  }
  return trainings;
}

/** The training that the same execution goes on with; undefined once it has ended without one. */
async function followerOf(
  store: ObjectStore,
  training: string,
  { executions, execution, left }: Following,
): Promise<string | undefined> {
  const { model } = await readTraining(store, training);
  for (;;) {
    const hasEnded = (await executions.state(execution)).status !== 'RUNNING';
    const last = await lastTraining(store, model);
    if (last?.training.parent === training) return last.training.training;
    if (hasEnded || left.aborted) return undefined;
    await sleep(LOOK_MS);
  }
}

/** A signal that comes when the execution is over, whatever became of the training's own end. */
async function ending(store: ObjectStore, training: string, following: Following): Promise<AbortSignal> {
  const over = new AbortController();
  void untilEnded(store, training, following).then(
    () => over.abort(),
    () => over.abort(),
  );
  return over.signal;
}

async function untilEnded(
  store: ObjectStore,
  training: string,
  { executions, execution, left }: Following,
): Promise<void> {
  while (!left.aborted && !(await readDocument(store, training, 'end'))) {
    if ((await executions.state(execution)).status !== 'RUNNING') return;
    await sleep(LOOK_MS, undefined, { signal: left }).catch(() => undefined);
  }
}

/** Has the stage's function answer one event. Throws by its own code what it throws. */
export const askTrainingStage = (found: WorkflowStage, event: TrainingAsk): Promise<unknown> =>
  askFunction(found, trainingName(found.stage), event, 'training.failed');

/** Undefined where nobody waits any longer. */
async function openedBy(executions: Executions, execution: string, left: AbortSignal): Promise<string | undefined> {
  for (;;) {
    const state = await executions.state(execution);
    const answer = (await executions.answerOf(execution, 'open')) as TaskAnswer | undefined;
    if (answer) return answer.training;
    if (state.status !== 'RUNNING')
      throw workflowFailure(state.error ?? state.status, state.cause ?? '', 'training.failed');
    if (left.aborted) return undefined;
    await sleep(LOOK_MS);
  }
}

const goesOn = (stage: string, training: string): OnnwardError =>
  new OnnwardError(`You look no longer, and ${training} goes on in AWS.`, {
    code: 'training.interrupted',
    kind: 'unavailable',
    fix: `Run \`onnward trainings ${training} --stage ${stage}\` to look again, or \`onnward trainings stop ${training} --stage ${stage}\` to end it.`,
    fields: { stage, training },
  });

const noWorkflow = (stage: string): OnnwardError =>
  new OnnwardError(`Stage ${stage} is not deployed, or no model of it has training.`, {
    code: 'training.no_workflow',
    kind: 'not-found',
    fix: `Add \`training\` to a model in onnward.config.ts, and run \`onnward deploy --stage ${stage}\`.`,
    fields: { stage },
  });
