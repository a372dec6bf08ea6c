import { MONITOR, monitorName, PIN, serviceName } from '#core/deployment/names.ts';
import { stageMonitoring } from '#packaging/monitoring.ts';
import { Duration, Size } from 'aws-cdk-lib';
import { Function as LambdaFunction, LoggingFormat, Runtime } from 'aws-cdk-lib/aws-lambda';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { functionIdentity } from '../function-identity.ts';
import { lambdaArchitecture } from '../inference-code.ts';
import { zipOf } from '../staged-code.ts';
import type { ModelMonitorOptions } from './options.ts';
import { grantMonitoring, type MonitoringProps } from './permissions.ts';

export interface MonitorFunctionProps extends ModelMonitorOptions, MonitoringProps {
  readonly stage: string;
  /** Where events go that it failed to handle. */
  readonly undelivered: Queue;
}

/** The one function of monitoring: it looks at each window once it is over, and acts on alarms. */
export function addMonitorFunction(scope: Construct, props: MonitorFunctionProps): LambdaFunction {
  const { stage, models, architecture = 'arm64', undelivered, logRetention, ephemeralStorageSize } = props;
  const functionName = monitorName(stage);
  const identity = functionIdentity(scope, { functionName, ...(logRetention && { logRetention }) });
  grantMonitoring(identity.role, props);
  return new LambdaFunction(scope, 'Function', {
    functionName,
    description: `Onnward ${stage}: looks at what live models get and answer, and acts on alarms about it`,
    runtime: Runtime.NODEJS_24_X,
    architecture: lambdaArchitecture(architecture),
    handler: 'handler.handler',
    code: zipOf(stageMonitoring({ architecture, models })),
    memorySize: props.memorySize ?? 1769,
    timeout: Duration.minutes(15),
    loggingFormat: LoggingFormat.TEXT,
    // What an event asks for is tried three times.
    deadLetterQueue: undelivered,
    ...(ephemeralStorageSize !== undefined && { ephemeralStorageSize: Size.mebibytes(ephemeralStorageSize) }),
    ...identity,
    environment: environmentOf(props),
  });
}

const environmentOf = (props: MonitorFunctionProps): Record<string, string> => {
  const { stage, registry, topic, releases, training } = props;
  return {
    [PIN.store]: registry.storeUrl,
    [MONITOR.stage]: stage,
    ...(topic && { [MONITOR.topic]: topic.topicArn }),
    ...(releases && { [MONITOR.release]: releases.function.functionName }),
    ...(training && { [MONITOR.training]: training.workflow.stateMachineArn }),
    POWERTOOLS_SERVICE_NAME: serviceName(stage),
  };
};
