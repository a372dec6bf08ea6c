import { lambdaClient, LambdaFunction } from '#adapters/aws/lambda/function.ts';
import { S3Store } from '#adapters/aws/s3-store.ts';
import { Stacks } from '#adapters/aws/stacks.ts';
import { loadConfig, type LoadedConfig } from '#adapters/local/config.ts';
import { bucketName, stackName } from '#core/deployment/names.ts';
import type { OnnwardError } from '#core/errors.ts';
import type { ObjectStore } from '#core/ports.ts';
import { nameStage } from './stage.ts';
import { workflowFailure } from './workflow-failure.ts';

/** A workflow of a stage, as it stands in AWS. */
export interface WorkflowStage {
  readonly loaded: LoadedConfig;
  readonly stage: string;
  readonly region: string;
  /** As AWS names who asks. */
  readonly actor: string;
  readonly store: ObjectStore;
  /** The ARN of the workflow. */
  readonly workflow: string;
}

/** By the output of the stage's stack that names it. Throws `config.*`, `aws.*`, `deploy.wrong_account`, and `missing` where there is none. */
export async function findWorkflow(
  name: string | undefined,
  output: string,
  missing: (stage: string) => OnnwardError,
): Promise<WorkflowStage> {
  const loaded = await loadConfig(process.cwd());
  const { deployment, identity } = await nameStage(loaded.config, name);
  const { account, region, arn: actor } = identity;
  const { stage } = deployment;
  const stacks = new Stacks(region);
  try {
    const workflow = (await stacks.state(stackName(stage)))?.outputs[output];
    if (workflow === undefined) throw missing(stage);
    const store = S3Store.open(`s3://${bucketName(stage, account, region)}`, { region });
    return { loaded, stage, region, actor, store, workflow };
  } finally {
    stacks.close();
  }
}

/** Has a function of the stage answer one event. Throws by its own code what it throws, and any other error by `otherwise`. */
export async function askFunction(
  { region }: WorkflowStage,
  functionName: string,
  event: object,
  otherwise: string,
): Promise<unknown> {
  const client = lambdaClient(region);
  try {
    const { result, crash } = await new LambdaFunction(client, functionName).invoke('$LATEST', event);
    if (!crash) return result;
    const { errorType = otherwise } = result as { readonly errorType?: string };
    throw workflowFailure(errorType, crash.message, otherwise);
  } finally {
    client.destroy();
  }
}
