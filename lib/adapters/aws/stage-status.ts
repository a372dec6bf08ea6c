import {
  bucketName,
  functionName,
  registryStackName,
  releaseName,
  serviceName,
  stackName,
} from '#core/deployment/names.ts';
import type { StackState } from '#core/deployment/stacks.ts';
import { Registry } from '#core/registry/registry.ts';
import type { ReleaseOptions } from '#core/release/options.ts';
import { type AlarmState, alarmStates } from './alarms.ts';
import type { AwsIdentity } from './credentials.ts';
import { lambdaClient, LambdaFunction } from './lambda/function.ts';
import { type ModelStatus, readModel } from './model-status.ts';
import { S3Store } from './s3-store.ts';
import { Stacks } from './stacks.ts';

/** A stage as it stands in AWS. */
export interface StageStatus {
  /** The stacks that are there, the registry's first. */
  readonly stacks: readonly StackState[];
  readonly store: string;
  /** @default - the stage is not deployed */
  readonly url?: string;
  readonly models: readonly ModelStatus[];
  readonly alarms: readonly AlarmState[];
}

/** Looks at everything of a stage; changes nothing. Throws `aws.*`. */
export async function readStage(
  stage: string,
  models: readonly string[],
  { account, region }: AwsIdentity,
): Promise<StageStatus> {
  const store = S3Store.open(`s3://${bucketName(stage, account, region)}`, { region });
  const records = {
    stage,
    store,
    registry: new Registry(store, { clock: Date.now, actor: 'status' }),
    clock: Date.now,
  };
  const lambda = lambdaClient(region);
  try {
    const releases = new LambdaFunction(lambda, releaseName(stage));
    const model = (name: string) =>
      readModel(records, new LambdaFunction(lambda, functionName(stage, name)), name, releaseOptions(releases, name));
    const [stacks, states, alarms] = await Promise.all([
      readStacks(stage, region),
      Promise.all(models.map(model)),
      alarmStates(region, `${serviceName(stage)}-`),
    ]);
    const url = stacks.find(({ name }) => name === stackName(stage))?.outputs['ApiUrl'];
    return { stacks, store: store.url, ...(url !== undefined && { url }), models: states, alarms };
  } finally {
    lambda.destroy();
  }
}

async function readStacks(stage: string, region: string): Promise<StackState[]> {
  const stacks = new Stacks(region);
  try {
    const names = [registryStackName(stage), stackName(stage)];
    return (await Promise.all(names.map((name) => stacks.state(name)))).filter((state) => state !== undefined);
  } finally {
    stacks.close();
  }
}

/** What a model's releases go by, as it was deployed: the function of releases tells. Undefined where it releases nothing. */
async function releaseOptions(releases: LambdaFunction, model: string): Promise<ReleaseOptions | undefined> {
  if (!(await releases.facts())) return undefined;
  const { result, crash } = await releases.invoke('$LATEST', { task: 'options', model });
  return crash ? undefined : (result as ReleaseOptions);
}
