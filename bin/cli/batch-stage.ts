import { setTimeout as sleep } from 'node:timers/promises';
import { Executions } from '#adapters/aws/executions.ts';
import { S3Store } from '#adapters/aws/s3-store.ts';
import { Stacks } from '#adapters/aws/stacks.ts';
import { loadConfig } from '#adapters/local/config.ts';
import { isLocal } from '#adapters/local/workflow/execution-name.ts';
import { readDocument } from '#core/documents.ts';
import { notScored } from '#core/batch/claim.ts';
import type { BatchRequest, PlanAnswer } from '#core/batch/events.ts';
import { readJob } from '#core/batch/jobs.ts';
import { planKey } from '#core/batch/keys.ts';
import type { BatchPlan, Receipt } from '#core/batch/plan.ts';
import { bucketName, stackName } from '#core/deployment/names.ts';
import { OnnwardError } from '#core/errors.ts';
import { parseReference } from '#core/model/reference.ts';
import type { ObjectStore } from '#core/ports.ts';
import { type Driving, drivingHere } from './batch-driving.ts';
import { rowProgress } from './batch-progress.ts';
import { planLines } from './batch-report.ts';
import { uploadInput } from './batch-upload.ts';
import { say } from './output.ts';
import { untilStopped } from './signals.ts';
import { nameStage } from './stage.ts';
import { workflowFailure } from './workflow-failure.ts';

/** Batch inference of a stage, as it stands in AWS. */
export interface BatchStage {
  readonly stage: string;
  readonly region: string;
  /** As AWS names who asks. */
  readonly actor: string;
  readonly store: ObjectStore;
  /** The ARN of its workflow. */
  readonly workflow: string;
  /** Those that the configuration has it score files with. */
  readonly models: readonly string[];
}

/** What has become of a request. */
export interface StageRun {
  /** Undefined where there was nothing to do. */
  readonly job?: string;
  readonly answer: PlanAnswer['state'];
  /** Whether nobody waited for the end: it goes on by itself. */
  readonly goesOn: boolean;
}

/** How often AWS is asked how it goes, ms. */
const LOOK_MS = 1000;

/** Throws `config.*`, `aws.*`, `deploy.wrong_account`, `batch.no_workflow`. */
export async function findBatch(name: string | undefined): Promise<BatchStage> {
  const { config } = await loadConfig(process.cwd());
  const { deployment, identity } = await nameStage(config, name);
  const { account, region, arn: actor } = identity;
  const { stage } = deployment;
  const stacks = new Stacks(region);
  try {
    const workflow = (await stacks.state(stackName(stage)))?.outputs['BatchWorkflow'];
    if (workflow === undefined) throw noWorkflow(stage);
    const store = S3Store.open(`s3://${bucketName(stage, account, region)}`, { region });
    const models = Object.keys(deployment.models).filter((model) => deployment.models[model]?.batch);
    return { stage, region, actor, store, workflow, models };
  } finally {
    stacks.close();
  }
}

/**
 * Has a stage score what `request` names, says what it plans, shows how it goes, and comes back when it has ended; after a
 * Ctrl-C at once, and the job goes on. Inputs of this machine (`file:…`) are brought there first.
 * Throws `batch.no_model`, `aws.*`, `store.*`, `input.*`, and by its own code what the plan threw.
 */
export async function startInStage(found: BatchStage, request: BatchRequest, json: boolean): Promise<StageRun> {
  const executions = new Executions(found.region);
  let left = false;
  void untilStopped(() => (left = true));
  try {
    const execution = await executions.start(found.workflow, await brought(found, request));
    const run = new Run(executions, execution);
    const answer = await run.planned(() => left);
    if (answer?.state !== 'planned') return { answer: answer?.state ?? 'planned', ...jobOf(answer), goesOn: !answer };
    await followJob(found.store, run, { job: answer.job, json, isLeft: () => left });
    return { job: answer.job, answer: answer.state, goesOn: left };
  } finally {
    executions.close();
  }
}

/** Whether an execution of a stage goes on, or one of a machine that drives the stage's bucket. Throws `aws.*`. */
export async function drivingInStage({ region, workflow }: BatchStage, execution: string): Promise<Driving> {
  if (isLocal(execution)) return drivingHere(execution);
  const executions = new Executions(region);
  try {
    const state = await executions.stateOf(workflow, execution);
    if (state?.status === 'RUNNING') return { isAlive: true };
    return { isAlive: false, end: state ? `The execution that scored it has ended as ${state.status}` : UNKNOWN };
  } finally {
    executions.close();
  }
}

const UNKNOWN = 'AWS knows the execution that scored it no longer';

/** With every input where the stage can read it. */
export async function brought({ store, actor, models }: BatchStage, request: BatchRequest): Promise<BatchRequest> {
  if (!('inputs' in request)) return 'job' in request ? { actor, ...request } : request;
  const { name: model } = parseReference(request.model);
  if (!models.includes(model)) throw notScored(model, models);
  const inputs: string[] = [];
  for (const url of request.inputs) inputs.push(url.startsWith('s3://') ? url : await uploadInput(store, model, url));
  return { actor, ...request, inputs };
}

/** An execution, looked at from time to time. */
class Run {
  readonly #executions: Executions;
  readonly #execution: string;

  constructor(executions: Executions, execution: string) {
    this.#executions = executions;
    this.#execution = execution;
  }

  /** Undefined where `isLeft` says that nobody waits any longer. Throws what the plan threw. */
  async planned(isLeft: () => boolean): Promise<PlanAnswer | undefined> {
    for (;;) {
      const state = await this.#executions.state(this.#execution);
      const answer = await this.#executions.answerOf(this.#execution, 'plan');
      if (answer) return answer as PlanAnswer;
      if (state.status !== 'RUNNING')
        throw workflowFailure(state.error ?? state.status, state.cause ?? '', 'batch.failed');
      if (isLeft()) return undefined;
      await sleep(LOOK_MS);
    }
  }

  async hasEnded(): Promise<boolean> {
    return (await this.#executions.state(this.#execution)).status !== 'RUNNING';
  }
}

/** Says what is planned, and shows how far it is until whoever runs it has ended. */
export async function followJob(
  store: ObjectStore,
  run: { hasEnded(): Promise<boolean> },
  { job, json, isLeft }: { readonly job: string; readonly json: boolean; readonly isLeft: () => boolean },
): Promise<void> {
  const plan = await readDocument<BatchPlan>(store, planKey(job));
  if (plan && !json) say(planLines(plan).join('\n'));
  const receipts = new Map<number, Receipt>();
  const rows = async (): Promise<number> => {
    const { scored, quarantined } = (await readJob(store, job, receipts)).progress;
    return scored + quarantined;
  };
  const progress = plan && rowProgress(plan, await rows(), json);
  while (!isLeft() && !(await run.hasEnded())) {
    if (progress?.shown) progress.update(await rows());
    await sleep(LOOK_MS);
  }
  progress?.end();
}

const jobOf = (answer: PlanAnswer | undefined): { job?: string } =>
  answer && 'job' in answer ? { job: answer.job } : {};

const noWorkflow = (stage: string): OnnwardError =>
  new OnnwardError(`Stage ${stage} is not deployed, or scores no files.`, {
    code: 'batch.no_workflow',
    kind: 'not-found',
    fix: `Add \`batch: {}\` to a model in onnward.config.ts, and run \`onnward deploy --stage ${stage}\`.`,
    fields: { stage },
  });
