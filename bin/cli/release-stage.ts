import { setTimeout as sleep } from 'node:timers/promises';
import { Executions } from '#adapters/aws/executions.ts';
import { lambdaClient, LambdaFunction } from '#adapters/aws/lambda/function.ts';
import { S3Store } from '#adapters/aws/s3-store.ts';
import { Stacks } from '#adapters/aws/stacks.ts';
import { loadConfig, type LoadedConfig } from '#adapters/local/config.ts';
import { bucketName, releaseName, stackName } from '#core/deployment/names.ts';
import { OnnwardError } from '#core/errors.ts';
import type { ObjectStore } from '#core/ports.ts';
import type { GoOn, NewRelease, TaskAnswer } from '#core/release/events.ts';
import { follow, seenOf, untilEnded } from './release-follow.ts';
import type { Ask, RunOptions } from './release-place.ts';
import { untilStopped } from './signals.ts';
import { nameStage } from './stage.ts';
import { workflowFailure } from './workflow-failure.ts';

/** Releases of a stage, as it stands in AWS. */
export interface ReleaseStage {
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

/** Throws `config.*`, `aws.*`, `deploy.wrong_account`, `release.no_workflow`. */
export async function findReleases(name: string | undefined): Promise<ReleaseStage> {
  const loaded = await loadConfig(process.cwd());
  const { deployment, identity } = await nameStage(loaded.config, name);
  const { account, region, arn: actor } = identity;
  const { stage } = deployment;
  const stacks = new Stacks(region);
  try {
    const workflow = (await stacks.state(stackName(stage)))?.outputs['ReleaseWorkflow'];
    if (workflow === undefined) throw noWorkflow(stage);
    const store = S3Store.open(`s3://${bucketName(stage, account, region)}`, { region });
    return { loaded, stage, region, actor, store, workflow };
  } finally {
    stacks.close();
  }
}

/** Starts the workflow in AWS and tells how it goes; after a Ctrl-C it goes on there. Throws `release.left`, and what refused it. */
export async function runInStage(
  found: ReleaseStage,
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
export async function askStage({ region, stage }: ReleaseStage, event: Ask): Promise<unknown> {
  const client = lambdaClient(region);
  try {
    const { result, crash } = await new LambdaFunction(client, releaseName(stage)).invoke('$LATEST', event);
    if (!crash) return result;
    const { errorType = 'release.failed' } = result as { readonly errorType?: string };
    throw workflowFailure(errorType, crash.message, 'release.failed');
  } finally {
    client.destroy();
  }
}

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
