import { type AwsIdentity, callerIdentity } from '#adapters/aws/credentials.ts';
import { Stacks } from '#adapters/aws/stacks.ts';
import type { Config } from '#config/config.ts';
import { loadConfig } from '#adapters/local/config.ts';
import { type Deployment, deploymentOf } from '#config/deployment.ts';
import { stackName } from '#core/deployment/names.ts';
import { OnnwardError } from '#core/errors.ts';

/** A stage of the configuration, and as whom AWS knows us. */
export interface NamedStage {
  readonly deployment: Deployment;
  readonly identity: AwsIdentity;
}

/** Asks AWS who we are. Throws `config.*`, `aws.*`, `deploy.wrong_account`. */
export async function nameStage(config: Config, name: string | undefined): Promise<NamedStage> {
  const deployment = deploymentOf(config, name);
  const { stage, account, region } = deployment;
  const identity = await callerIdentity(region);
  if (account !== undefined && account !== identity.account) throw wrongAccount(stage, account, identity);
  return { deployment, identity };
}

/** A stage that is deployed. */
export interface FoundStage extends NamedStage {
  readonly apiUrl: string;
}

/** The stage as it stands in AWS. Throws `stage.not_deployed`, and what `nameStage` throws. */
export async function findStage(name: string | undefined): Promise<FoundStage> {
  const { config } = await loadConfig(process.cwd());
  const { deployment, identity } = await nameStage(config, name);
  const stacks = new Stacks(identity.region);
  try {
    const state = await stacks.state(stackName(deployment.stage));
    const apiUrl = state?.outputs['ApiUrl'];
    if (apiUrl === undefined) throw notDeployed(deployment.stage, identity);
    return { deployment, identity, apiUrl };
  } finally {
    stacks.close();
  }
}

const notDeployed = (stage: string, { account, region }: AwsIdentity): OnnwardError =>
  new OnnwardError(`stage ${stage} is not deployed in account ${account}, ${region}.`, {
    code: 'stage.not_deployed',
    kind: 'not-found',
    fix: `Run \`onnward deploy --stage ${stage}\`, or check AWS_PROFILE and the region.`,
    fields: { stage, account, region },
  });

const wrongAccount = (stage: string, account: string, identity: AwsIdentity): OnnwardError =>
  new OnnwardError(`Stage ${stage} belongs to account ${account}, and the credentials to ${identity.account}.`, {
    code: 'deploy.wrong_account',
    kind: 'conflict',
    fix: 'Set AWS_PROFILE to a profile of that account, or correct `account` of the stage.',
    fields: { stage, account, credentials: identity.account, arn: identity.arn },
  });
