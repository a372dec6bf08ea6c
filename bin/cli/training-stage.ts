import { setTimeout as sleep } from 'node:timers/promises';
import { Executions } from '#adapters/aws/executions.ts';
import { lambdaClient, LambdaFunction } from '#adapters/aws/lambda/function.ts';
import { S3Store } from '#adapters/aws/s3-store.ts';
import { Stacks } from '#adapters/aws/stacks.ts';
import { loadConfig, type LoadedConfig } from '#adapters/local/config.ts';
import { bucketName, stackName, trainingName } from '#core/deployment/names.ts';
import { OnnwardError } from '#core/errors.ts';
import type { ObjectStore } from '#core/ports.ts';
import type { GoOn, NewTraining, TaskAnswer } from '#core/training/events.ts';
import { readDocument, readTraining } from '#core/training/store.ts';
import { lastTraining } from '#core/training/trainings.ts';
import { untilStopped } from './signals.ts';
import { nameStage } from './stage.ts';
import { followTraining } from './training-follow.ts';
import type { TrainingAsk, TrainingRunOptions } from './training-place.ts';
import { workflowFailure } from './workflow-failure.ts';

/** Trainings of a stage, as it stands in AWS. */
export interface TrainingStage {
  readonly loaded: LoadedConfig;
  readonly stage: string;
  readonly region: string;
  /** As AWS names who asks. */
  readonly actor: string;
  readonly store: ObjectStore;
  /** The ARN of its workflow. */
  readonly workflow: string;
}

const LOOK_MS = 1000;

/** Throws `config.*`, `aws.*`, `deploy.wrong_account`, `training.no_workflow`. */
export async function findTrainings(name: string | undefined): Promise<TrainingStage> {
  const loaded = await loadConfig(process.cwd());
  const { deployment, identity } = await nameStage(loaded.config, name);
  const { account, region, arn: actor } = identity;
  const { stage } = deployment;
  const stacks = new Stacks(region);
  try {
    const workflow = (await stacks.state(stackName(stage)))?.outputs['TrainingWorkflow'];
    if (workflow === undefined) throw noWorkflow(stage);
    const store = S3Store.open(`s3://${bucketName(stage, account, region)}`, { region });
    return { loaded, stage, region, actor, store, workflow };
  } finally {
    stacks.close();
  }
}

/** Starts the workflow in AWS and tells how it goes; after a Ctrl-C it goes on there. Throws `training.interrupted`, and what refused it. */
export async function runTrainingInStage(
  found: TrainingStage,
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
async function followAll({ store }: TrainingStage, first: string, following: Following): Promise<string[]> {
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
export async function askTrainingStage({ region, stage }: TrainingStage, event: TrainingAsk): Promise<unknown> {
  const client = lambdaClient(region);
  try {
    const { result, crash } = await new LambdaFunction(client, trainingName(stage)).invoke('$LATEST', event);
    if (!crash) return result;
    const { errorType = 'training.failed' } = result as { readonly errorType?: string };
    throw workflowFailure(errorType, crash.message, 'training.failed');
  } finally {
    client.destroy();
  }
}

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
