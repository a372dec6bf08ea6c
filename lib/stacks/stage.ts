import type { Deployment } from '#config/deployment.ts';
import type { BakedVersion } from '#constructs/inference-service.ts';
import { registryStackName, repositoryName, stackName } from '#core/deployment/names.ts';
import { OnnwardError } from '#core/errors.ts';
import { CfnResource, DefaultStackSynthesizer, type Environment, type Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { InferenceStack } from './inference-stack.ts';
import { RegistryStack } from './registry-stack.ts';

export interface StageOptions {
  /** Where it goes, as far as the configuration does not say. @default - where the credentials lead */
  readonly env?: Environment;
  /** By model: the versions that go into what is deployed. @default - every version comes from the registry */
  readonly baked?: Readonly<Record<string, BakedVersion>>;
}

export interface StageStacks {
  readonly registry: RegistryStack;
  readonly inference: InferenceStack;
}

/** Resources of a stack. Source: the CloudFormation user guide, "Understand CloudFormation quotas". */
const MOST_RESOURCES = 500;

/** The two stacks of a stage. Throws `stack.too_many_resources`. */
export function addStage(scope: Construct, deployment: Deployment, options: StageOptions = {}): StageStacks {
  const { stage, encryptionKey, captureRetention, tags } = deployment;
  const common: StackProps = { env: environmentOf(deployment, options), tags: { 'onnward:stage': stage, ...tags } };
  const registry = new RegistryStack(scope, registryStackName(stage), {
    ...common,
    description: `Onnward ${stage}: the registry of models, which stays when the rest is destroyed`,
    stage,
    ...(encryptionKey && { encryptionKey }),
    ...(captureRetention && { captureRetention }),
  });
  const inference = new InferenceStack(scope, stackName(stage), {
    ...common,
    description: `Onnward ${stage}: functions, API and alarms`,
    // A repository of ours: what is in the one of `cdk bootstrap`, `cdk gc` deletes under published versions.
    synthesizer: new DefaultStackSynthesizer({ imageAssetsRepositoryName: repositoryName(stage) }),
    deployment,
    ...(options.baked && { baked: options.baked }),
  });
  inference.addStackDependency(registry);
  refuseTooMany(inference, Object.keys(deployment.models).length);
  return { registry, inference };
}

function environmentOf({ account, region }: Deployment, { env }: StageOptions): Environment {
  const known = { account: account ?? env?.account, region: region ?? env?.region };
  return { ...(known.account && { account: known.account }), ...(known.region && { region: known.region }) };
}

function refuseTooMany(stack: Stack, models: number): void {
  const resources = stack.node.findAll().filter((node) => CfnResource.isCfnResource(node)).length;
  if (resources <= MOST_RESOURCES) return;
  const each = Math.ceil(resources / models);
  throw new OnnwardError(
    `${models} models make ${resources} resources, and CloudFormation takes ${MOST_RESOURCES} in a stack.`,
    {
      code: 'stack.too_many_resources',
      kind: 'invalid',
      fix: `Divide the models over configurations of about ${Math.floor(MOST_RESOURCES / each)}, each with stages of its own name.`,
      fields: { models, resources, limit: MOST_RESOURCES },
    },
  );
}
