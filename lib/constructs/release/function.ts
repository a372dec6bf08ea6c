import { PIN, RELEASE, releaseName, serviceName } from '#core/deployment/names.ts';
import { stageRelease } from '#packaging/release.ts';
import { Duration, Size } from 'aws-cdk-lib';
import { Function as LambdaFunction, LoggingFormat, Runtime } from 'aws-cdk-lib/aws-lambda';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { functionIdentity } from '../function-identity.ts';
import { lambdaArchitecture } from '../inference-code.ts';
import type { IModelRegistry } from '../model-registry.ts';
import { zipOf } from '../staged-code.ts';
import { workflowArn } from '../workflow/workflow.ts';
import { gateModules, type ReleaseModels, type ReleasePipelineOptions } from './options.ts';
import { grantReleasing } from './permissions.ts';

export interface ReleaseFunctionProps extends ReleasePipelineOptions {
  readonly stage: string;
  readonly registry: IModelRegistry;
  readonly models: ReleaseModels;
  /** Where events go that it failed to handle. */
  readonly undelivered: Queue;
  /** @default - nobody is told */
  readonly topic?: ITopic;
}

const CONCURRENCY = 10;

/** The one function of releases: it does the tasks of the workflow, and what people and events ask for in between. */
export function addReleaseFunction(scope: Construct, props: ReleaseFunctionProps): LambdaFunction {
  const { stage, models, architecture = 'arm64', undelivered, logRetention, ephemeralStorageSize } = props;
  const functionName = releaseName(stage);
  const identity = functionIdentity(scope, { functionName, ...(logRetention && { logRetention }) });
  grantReleasing(identity.role, props);
  return new LambdaFunction(scope, 'Function', {
    functionName,
    description: `Onnward ${stage}: releases models, and nobody else moves live`,
    runtime: Runtime.NODEJS_24_X,
    architecture: lambdaArchitecture(architecture),
    handler: 'handler.handler',
    code: zipOf(stageRelease({ architecture, gates: gateModules(models), models })),
    memorySize: props.memorySize ?? 1769,
    timeout: props.timeout ?? Duration.minutes(15),
    loggingFormat: LoggingFormat.TEXT,
    // What an event asks for is tried three times; Step Functions and people hear of a failure themselves.
    deadLetterQueue: undelivered,
    ...(ephemeralStorageSize !== undefined && { ephemeralStorageSize: Size.mebibytes(ephemeralStorageSize) }),
    ...identity,
    environment: environmentOf(scope, props),
  });
}

function environmentOf(scope: Construct, props: ReleaseFunctionProps): Record<string, string> {
  const { stage, registry, topic, concurrency = CONCURRENCY } = props;
  return {
    [PIN.store]: registry.storeUrl,
    [RELEASE.stage]: stage,
    [RELEASE.concurrency]: String(concurrency),
    // By its name: the workflow itself has to know the function first.
    [RELEASE.workflow]: workflowArn(scope, releaseName(stage)),
    ...(topic && { [RELEASE.topic]: topic.topicArn }),
    POWERTOOLS_SERVICE_NAME: serviceName(stage),
  };
}
