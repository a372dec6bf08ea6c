import { spawnSync } from 'node:child_process';
import type { AwsIdentity } from '#adapters/aws/credentials.ts';
import { Stacks } from '#adapters/aws/stacks.ts';
import type { Deployment } from '#config/deployment.ts';
import { readinessOf, type StackState, wayOutOf } from '#core/deployment/stacks.ts';
import { OnnwardError } from '#core/errors.ts';

const BOOTSTRAP_STACK = 'CDKToolkit';
const DOCKER_LIMIT_MS = 20_000;

/** What CDK needs in an account and region, once. Throws `deploy.not_bootstrapped`. */
export async function checkBootstrap({ account, region }: AwsIdentity): Promise<void> {
  const stacks = new Stacks(region);
  try {
    if (await stacks.state(BOOTSTRAP_STACK)) return;
  } catch (error) {
    // Who may deploy by CDK's roles need not be let see their stack; then CDK says it.
    if (error instanceof OnnwardError && error.code === 'aws.access_denied') return;
    throw error;
  } finally {
    stacks.close();
  }
  throw new OnnwardError(`CDK has not been set up in account ${account}, ${region}.`, {
    code: 'deploy.not_bootstrapped',
    kind: 'not-found',
    fix: `Run \`npx cdk bootstrap aws://${account}/${region}\`, once for this account and region.`,
    fields: { account, region },
  });
}

/** What of a stage is an image: models that are packaged as one, and trainers with the two containers beside them. */
export function imagesOf({ models, training }: Deployment): string[] {
  const packaged = Object.keys(models).filter((name) => (models[name]!.packaging ?? 'image') === 'image');
  const trained = training ? Object.keys(models).filter((name) => models[name]!.training) : [];
  return [...packaged, ...trained.map((name) => `what trains ${name}`)];
}

/** Whether images can be built, where anything is one. Throws `deploy.no_docker`. */
export function checkDocker(deployment: Deployment, env: NodeJS.ProcessEnv): void {
  const images = imagesOf(deployment);
  if (images.length === 0) return;
  const docker = env['CDK_DOCKER'] ?? 'docker';
  const { status } = spawnSync(docker, ['version'], { stdio: 'ignore', timeout: DOCKER_LIMIT_MS });
  if (status === 0) return;
  throw new OnnwardError(`${images.join(', ')} is packaged as a container image, and \`${docker} version\` fails.`, {
    code: 'deploy.no_docker',
    kind: 'unavailable',
    fix: "Start Docker, or set CDK_DOCKER to a program that speaks its commands (podman, finch), or set `packaging: 'zip'` and leave `training` out of the stage.",
    fields: { images, docker },
  });
}

/** Whether CloudFormation would take a change of these stacks now. Throws `deploy.busy`, `deploy.stuck`. */
export function checkStacks(stacks: readonly (StackState | undefined)[]): void {
  checkIdle(stacks);
  const found = stacks.find((stack) => readinessOf(stack) === 'stuck');
  if (found) throw stuck(found);
}

/** Whether nothing changes them already; a deletion takes a stack that is stuck. Throws `deploy.busy`. */
export function checkIdle(stacks: readonly (StackState | undefined)[]): void {
  const found = stacks.find((stack) => readinessOf(stack) === 'busy');
  if (found) throw busy(found);
}

const busy = ({ name, status }: StackState): OnnwardError =>
  new OnnwardError(`Stack ${name} is being changed already: ${status}.`, {
    code: 'deploy.busy',
    kind: 'conflict',
    fix: 'Wait until that is done; `onnward status` shows it.',
    fields: { stack: name, status },
  });

function stuck(stack: StackState): OnnwardError {
  const { name, status, reason = 'no reason given' } = stack;
  return new OnnwardError(`Stack ${name} is stuck in ${status}: ${reason}`, {
    code: 'deploy.stuck',
    kind: 'conflict',
    fix: `Mend what the reason says, then ${wayOutOf(stack)}.`,
    fields: { stack: name, status, reason },
  });
}
