import type { LambdaClient } from '@aws-sdk/client-lambda';
import { type Condition, conditionOf, type DeployedModel } from '#core/deployment/condition.ts';
import { bucketName, functionName, registryStackName, serviceName, stackName } from '#core/deployment/names.ts';
import type { StackState } from '#core/deployment/stacks.ts';
import { OnnwardError } from '#core/errors.ts';
import { Registry } from '#core/registry/registry.ts';
import { type AlarmState, alarmStates } from './alarms.ts';
import type { AwsIdentity } from './credentials.ts';
import { lambdaClient, LambdaFunction } from './lambda/function.ts';
import { readLive } from './lambda/live.ts';
import { S3Store } from './s3-store.ts';
import { Stacks } from './stacks.ts';

/** A model, what was found of it, and what to make of that. */
export interface ModelStatus extends DeployedModel {
  readonly condition: Condition;
}

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
  const store = `s3://${bucketName(stage, account, region)}`;
  const registry = new Registry(S3Store.open(store, { region }), { clock: Date.now, actor: 'status' });
  const lambda = lambdaClient(region);
  try {
    const [stacks, states, alarms] = await Promise.all([
      readStacks(stage, region),
      Promise.all(models.map((model) => readModel(lambda, registry, stage, model))),
      alarmStates(region, `${serviceName(stage)}-`),
    ]);
    const url = stacks.find(({ name }) => name === stackName(stage))?.outputs['ApiUrl'];
    return { stacks, store, ...(url !== undefined && { url }), models: states, alarms };
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

async function readModel(lambda: LambdaClient, registry: Registry, stage: string, model: string): Promise<ModelStatus> {
  const fn = new LambdaFunction(lambda, functionName(stage, model));
  const [live, recorded] = await Promise.all([readLive(fn), recordedLive(registry, model)]);
  const answering = live && live.traffic.to !== 'nothing' ? await fn.facts(live.traffic.functionVersion) : undefined;
  const found: DeployedModel = {
    model,
    ...(live && { traffic: live.traffic }),
    ...(answering && { state: answering.state, stateReason: answering.stateReason }),
    ...(recorded !== undefined && { recorded }),
  };
  return { ...found, condition: conditionOf(found) };
}

/** Undefined also where there is no registry yet. */
async function recordedLive(registry: Registry, model: string): Promise<number | undefined> {
  try {
    return (await registry.alias(model, 'live'))?.version;
  } catch (error) {
    if (error instanceof OnnwardError && ['store.no_bucket', 'model.not_found'].includes(error.code)) return undefined;
    throw error;
  }
}
