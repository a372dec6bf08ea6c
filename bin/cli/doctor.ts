import { readConcurrency } from '#adapters/aws/concurrency.ts';
import { type AwsIdentity, callerIdentity } from '#adapters/aws/credentials.ts';
import { readStage, type StageStatus } from '#adapters/aws/stage-status.ts';
import { Stacks } from '#adapters/aws/stacks.ts';
import { checkReleases, loadConfig } from '#adapters/local/config.ts';
import { type Deployment, deploymentOf, reservedBy } from '#config/deployment.ts';
import { checkConcurrency, checkNode } from '#core/deployment/checks.ts';
import type { Condition } from '#core/deployment/condition.ts';
import { stackName } from '#core/deployment/names.ts';
import type { StackState } from '#core/deployment/stacks.ts';
import { OnnwardError } from '#core/errors.ts';
import { checkBootstrap, checkDocker, checkStacks, imagesOf } from './deployment-checks.ts';
import { queuesOf, trainingCondition } from './training-doctor.ts';

/** One line of the doctor's: what was looked at, and what was found. */
export interface Checked extends Condition {
  readonly check: string;
}

/**
 * Looks at everything that a deployment and its models stand on, one thing after the other; what cannot be looked at is
 * told too, and does not end it.
 */
export async function* examine(stage: string | undefined): AsyncGenerator<Checked> {
  yield { check: 'node', ...checkNode(process.version) };
  const deployment = await attempt('configuration', () => configuration(stage));
  yield deployment.checked;
  if (!deployment.found) return;
  yield (await attempt('containers', () => containers(deployment.found as Deployment))).checked;
  const identity = await attempt('credentials', () => credentials(deployment.found as Deployment));
  yield identity.checked;
  if (identity.found) yield* account(deployment.found, identity.found);
}

async function* account(deployment: Deployment, identity: AwsIdentity): AsyncGenerator<Checked> {
  yield (await attempt('bootstrap', () => bootstrap(identity))).checked;
  yield (await attempt('concurrency', () => concurrency(deployment, identity))).checked;
  const models = Object.keys(deployment.models);
  const stage = await attempt('stage', async () => {
    const found = await readStage(deployment.stage, models, identity);
    return { found, condition: stageCondition(found, deployment.stage) };
  });
  yield stage.checked;
  if (!stage.found || stage.found.stacks.length === 0) return;
  for (const stack of stage.found.stacks) yield (await attempt(stack.name, () => stackOf(stack))).checked;
  if (queuesOf(deployment).length > 0) {
    yield (await attempt('trainings', () => trainings(deployment, identity))).checked;
  }
  for (const { model, condition, aspects } of stage.found.models) {
    yield { check: `model ${model}`, ...condition };
    for (const { aspect, ...found } of aspects) yield { check: `${aspect} of ${model}`, ...found };
  }
}

interface Attempt<T> {
  readonly checked: Checked;
  /** @default - it failed */
  readonly found?: T;
}

async function attempt<T>(check: string, work: () => Promise<{ found: T; condition: Condition }>): Promise<Attempt<T>> {
  try {
    const { found, condition } = await work();
    return { found, checked: { check, ...condition } };
  } catch (error) {
    if (!(error instanceof OnnwardError)) throw error;
    return { checked: { check, level: 'failure', text: error.message, ...(error.fix && { fix: error.fix }) } };
  }
}

async function configuration(stage: string | undefined) {
  const loaded = await loadConfig(process.cwd());
  await checkReleases(loaded);
  const { config, path } = loaded;
  const found = deploymentOf(config, stage);
  const models = Object.keys(found.models);
  const text = `${path ?? 'no file'}: stage ${found.stage}, models ${models.join(', ')}`;
  return { found, condition: { level: 'ok', text } as const };
}

/** Images need a tool to build and push them with; a stage of zips needs none. */
async function containers(found: Deployment) {
  checkDocker(found, process.env);
  const text =
    imagesOf(found).length > 0 ? 'images can be built; leave them to Onnward, and never to `cdk gc`' : 'none is needed';
  return { found, condition: { level: 'ok', text } as const };
}

async function credentials({ account: expected, region }: Deployment) {
  const found = await callerIdentity(region);
  const text = `${found.arn}, account ${found.account}, ${found.region}`;
  if (expected === undefined || expected === found.account) return { found, condition: { level: 'ok', text } as const };
  const fix = 'Set AWS_PROFILE to one of that account.';
  return { found, condition: { level: 'failure', text: `${text}; the stage is of account ${expected}`, fix } as const };
}

async function bootstrap(identity: AwsIdentity) {
  await checkBootstrap(identity);
  return { found: identity, condition: { level: 'ok', text: `CDK is set up in ${identity.region}` } as const };
}

async function stackOf(stack: StackState) {
  checkStacks([stack]);
  return { found: stack, condition: { level: 'ok', text: stack.status } as const };
}

async function concurrency(deployment: Deployment, { region }: AwsIdentity) {
  const stacks = new Stacks(region);
  try {
    const [account, stack] = await Promise.all([readConcurrency(region), stacks.state(stackName(deployment.stage))]);
    const facts = { ...account, asked: reservedBy(deployment), isDeployed: stack !== undefined };
    return { found: account, condition: checkConcurrency(facts) };
  } finally {
    stacks.close();
  }
}

async function trainings(deployment: Deployment, { region }: AwsIdentity) {
  return { found: deployment, condition: await trainingCondition(deployment, region) };
}

function stageCondition({ stacks, alarms }: StageStatus, stage: string): Condition {
  if (stacks.length === 0) return { level: 'ok', text: `${stage} is not deployed yet`, fix: 'Run `onnward deploy`.' };
  const raised = alarms.filter(({ state }) => state === 'ALARM').map(({ name }) => name);
  if (raised.length === 0) return { level: 'ok', text: `${stage} is deployed, no alarm is raised` };
  return { level: 'failure', text: `alarms are raised: ${raised.join(', ')}`, fix: '`onnward status` says why.' };
}
