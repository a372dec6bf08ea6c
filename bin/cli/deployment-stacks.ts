import { firstDeploymentOptions } from '#core/deployment/first-deployment.ts';
import { LIVE_ALIAS, registryStackName, stackName } from '#core/deployment/names.ts';
import { OnnwardError } from '#core/errors.ts';
import type { StackState } from '#core/deployment/stacks.ts';
import type { StageAtHand } from './deployment.ts';
import { imagesOf } from './deployment-checks.ts';
import { bringVersion } from './deployment-models.ts';
import { cdk } from './deployment-run.ts';
import { type StackPair, stackStates, type Survey } from './deployment-survey.ts';

export interface DeployStacksOptions {
  /** The user's own, checked. */
  readonly cdkOptions: readonly string[];
  readonly quiet: boolean;
}

/** The stacks as a deployment left them. */
export interface DeployedStacks {
  /** Where the models answer. */
  readonly url: string;
  /** Whether CloudFormation changed anything. */
  readonly changed: boolean;
}

/** Runs CDK on the stacks of a stage. Throws `deploy.failed`, `deploy.interrupted`. */
export async function deployStacks(
  at: StageAtHand,
  survey: Survey,
  options: DeployStacksOptions,
): Promise<DeployedStacks> {
  const { stage } = at.deployment;
  const [registry, inference] = [registryStackName(stage), stackName(stage)];
  const images = imagesOf(at.deployment).length > 0;
  const first = firstDeploymentOptions({ ...survey, images });
  const common = ['--require-approval', 'never', '--progress', 'events', ...first, ...options.cdkOptions];
  const bakes = survey.models.some(({ settings }) => settings.bake);
  if (bakes && !survey.bucket) {
    const args = ['deploy', registry, '--exclusively', ...common];
    await cdk(at, { args, stacks: [registry], quiet: options.quiet });
  }
  if (bakes) await bringBaked(at, survey, options.quiet);
  await cdk(at, {
    args: ['deploy', registry, inference, ...common],
    stacks: [registry, inference],
    // What goes into an image or zip has the number that the stage's registry gave it.
    store: bakes ? at.storeUrl : undefined,
    quiet: options.quiet,
  });
  const after = await stackStates(at);
  const url = after.inferenceStack?.outputs['ApiUrl'];
  if (url === undefined) throw noUrl(inference);
  return { url, changed: isChanged(survey, after) };
}

/** Deletes the stacks that are there. Throws `deploy.failed`, `deploy.interrupted`. */
export async function destroyStacks(at: StageAtHand, stacks: readonly StackState[], quiet: boolean): Promise<void> {
  const names = stacks.map(({ name }) => name);
  // What is deleted takes no version of a model, which may be gone.
  const args = ['destroy', ...names, '--force', '-c', 'bake=false'];
  await cdk(at, { args, stacks: names, quiet });
}

/** What is baked is what the registry records as live, so that is recorded before it is built. */
async function bringBaked(at: StageAtHand, { models }: Survey, quiet: boolean): Promise<void> {
  for (const model of models.filter(({ settings }) => settings.bake)) {
    const { version } = await bringVersion(at, model, quiet);
    if (version === undefined || (await at.registry.alias(model.name, LIVE_ALIAS))) continue;
    await at.registry.setAlias(model.name, LIVE_ALIAS, version, {
      expect: 0,
      why: 'deployed: baked into the function',
    });
  }
}

const isChanged = (before: StackPair, after: StackPair): boolean =>
  (['registryStack', 'inferenceStack'] as const).some((stack) => before[stack]?.changedAt !== after[stack]?.changedAt);

const noUrl = (stack: string): OnnwardError =>
  new OnnwardError(`Stack ${stack} has no output ApiUrl.`, {
    code: 'deploy.no_url',
    kind: 'internal',
    fix: 'Look at the stack in the CloudFormation console: somebody changed it by hand.',
    fields: { stack },
  });
