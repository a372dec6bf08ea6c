import { PIN, releaseName, serviceName, TRAINING, trainingName } from '#core/deployment/names.ts';
import { stageTraining } from '#packaging/training.ts';
import { Duration, Size } from 'aws-cdk-lib';
import { Function as LambdaFunction, LoggingFormat, Runtime } from 'aws-cdk-lib/aws-lambda';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import { functionIdentity } from '../function-identity.ts';
import { lambdaArchitecture } from '../inference-code.ts';
import type { IModelRegistry } from '../model-registry.ts';
import { zipOf } from '../staged-code.ts';
import { workflowArn } from '../workflow/workflow.ts';
import { releasesByItself, type TrainingModels, type TrainingQueueOptions } from './options.ts';
import { grantTraining } from './permissions.ts';

export interface TrainingFunctionProps extends TrainingQueueOptions {
  readonly stage: string;
  readonly registry: IModelRegistry;
  readonly models: TrainingModels;
  /** Names of the queues and definitions of AWS Batch. */
  readonly queues: readonly string[];
  readonly definitions: readonly string[];
  /** @default - nobody is told */
  readonly topic?: ITopic;
  /** Models that are trained with rows of live requests, too. @default - none */
  readonly retrained?: readonly string[];
}

/** The one function of trainings: it does the tasks of both workflows. */
export function addTrainingFunction(scope: Construct, props: TrainingFunctionProps): LambdaFunction {
  const { stage, models, architecture = 'arm64', logRetention, memorySize = 1769, ephemeralStorageSize = 2048 } = props;
  const functionName = trainingName(stage);
  const identity = functionIdentity(scope, { functionName, ...(logRetention && { logRetention }) });
  grantTraining(identity.role, props);
  return new LambdaFunction(scope, 'Function', {
    functionName,
    description: `Onnward ${stage}: has models trained, checks what comes of it, and registers it`,
    runtime: Runtime.NODEJS_24_X,
    architecture: lambdaArchitecture(architecture),
    handler: 'handler.handler',
    code: zipOf(stageTraining({ architecture, models })),
    memorySize,
    timeout: Duration.minutes(15),
    loggingFormat: LoggingFormat.TEXT,
    ephemeralStorageSize: Size.mebibytes(ephemeralStorageSize),
    ...identity,
    environment: environmentOf(scope, props),
  });
}

function environmentOf(scope: Construct, props: TrainingFunctionProps): Record<string, string> {
  const { stage, registry, models, topic } = props;
  return {
    [PIN.store]: registry.storeUrl,
    [TRAINING.stage]: stage,
    ...(releasesByItself(models) && { [TRAINING.release]: workflowArn(scope, releaseName(stage)) }),
    ...(topic && { [TRAINING.topic]: topic.topicArn }),
    POWERTOOLS_SERVICE_NAME: serviceName(stage),
  };
}
