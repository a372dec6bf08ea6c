import { type AwsIdentity, callerIdentity } from '#adapters/aws/credentials.ts';
import { Stacks } from '#adapters/aws/stacks.ts';
import { loadConfig } from '#adapters/local/config.ts';
import { type Deployment, deploymentOf } from '#config/deployment.ts';
import { stackName } from '#core/deployment/names.ts';
import { OnnwardError } from '#core/errors.ts';

/** A stage that is deployed. */
export interface FoundStage {
  readonly deployment: Deployment;
  readonly identity: AwsIdentity;
  readonly apiUrl: string;
}

/** The stage of the configuration as it stands in AWS. Throws `stage.not_deployed`, `config.*` and `aws.*`. */
export async function findStage(name: string | undefined): Promise<FoundStage> {
  const { config } = await loadConfig(process.cwd());
  const deployment = deploymentOf(config, name);
  const identity = await callerIdentity(deployment.region);
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
