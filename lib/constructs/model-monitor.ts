import type { Metric, MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { groundTruthPrefix } from '#core/monitoring/keys.ts';
import { Construct } from 'constructs';
import type { InferenceService } from './inference-service.ts';
import type { IModelRegistry } from './model-registry.ts';
import { MonitorEvents, monitorUndeliveredName } from './monitor/events.ts';
import { addMonitorFunction } from './monitor/function.ts';
import { checkMonitor, type ModelMonitorOptions, type MonitorModels } from './monitor/options.ts';
import { addQueries } from './monitor/queries.ts';
import type { ReleasePipeline } from './release-pipeline.ts';
import type { TrainingQueue } from './training-queue.ts';
import { acknowledgeWildcard } from './wildcard.ts';
import { addUndelivered } from './workflow/undelivered.ts';

export type { ModelMonitorOptions, MonitorModels } from './monitor/options.ts';

export interface ModelMonitorProps extends ModelMonitorOptions {
  readonly stage: string;
  readonly registry: IModelRegistry;
  /** By their names in the registry: those that have `watch`. No other model is looked at. */
  readonly models: MonitorModels;
  /** Whose logs the saved queries are over. @default - none are saved */
  readonly services?: readonly InferenceService[];
  /** Hears of each action: begun, waiting for a person, or not done and why. @default - nobody is told */
  readonly topic?: ITopic;
  /** Takes models back. @default - none is */
  readonly releases?: ReleasePipeline;
  /** Trains models anew. @default - none is */
  readonly training?: TrainingQueue;
}

/**
 * Looks at what live models get and answer, each hour, and acts on the alarms about it. One a stage, for all its models that
 * have `watch`; what of their requests is kept, each `InferenceService` says, and `ModelAlarms` has the alarms.
 */
export class ModelMonitor extends Construct {
  readonly stage: string;
  readonly models: readonly string[];
  /** EventBridge calls it; people ask it to look, to decide and to forget. */
  readonly function: LambdaFunction;
  /** Events that could not be delivered or handled. */
  readonly undelivered: Queue;
  private readonly registry: IModelRegistry;

  /** Throws `monitor.range`, `reference.invalid`, and what packaging throws. */
  constructor(scope: Construct, id: string, props: ModelMonitorProps) {
    super(scope, id);
    const { stage, registry, models, services = [] } = props;
    checkMonitor(props, models);
    this.stage = stage;
    this.models = Object.keys(models);
    this.registry = registry;
    this.undelivered = addUndelivered(this, monitorUndeliveredName(stage));
    const { undelivered } = this;
    this.function = addMonitorFunction(this, { ...props, undelivered });
    new MonitorEvents(this, 'Events', { stage, models, undelivered, function: this.function });
    addQueries(new Construct(this, 'Queries'), stage, services);
  }

  /** Lets the grantee have models looked at, decide on actions, and have subjects forgotten: whoever may call the function may. */
  grantOperate(grantee: IGrantable): Grant {
    for (const arn of this.function.resourceArnsForGrantInvoke.slice(1)) {
      acknowledgeWildcard(grantee, arn, 'So is a function named with its versions, of which this one has none.');
    }
    return this.function.grantInvoke(grantee);
  }

  /** Lets the grantee bring files of truths of a model, in Model Monitor's format. */
  grantGroundTruth(grantee: IGrantable, model: string): Grant {
    const { bucket } = this.registry;
    bucket.encryptionKey?.grant(grantee, 'kms:GenerateDataKey', 'kms:Decrypt');
    const keys = bucket.arnForObjects(`${groundTruthPrefix(model)}*`);
    acknowledgeWildcard(grantee, keys, 'Files of truths have the names that they come with.');
    return Grant.addToPrincipal({
      grantee,
      actions: ['s3:PutObject', 's3:AbortMultipartUpload'],
      resourceArns: [keys],
    });
  }

  /** Calls of the function: one an hour, and one for each alarm that begins or is over. */
  metricRuns(options?: MetricOptions): Metric {
    return this.function.metricInvocations({ statistic: 'Sum', ...options });
  }

  /** Calls of the function that threw: a model could not be looked at, or an alarm not acted on. */
  metricErrors(options?: MetricOptions): Metric {
    return this.function.metricErrors({ statistic: 'Sum', ...options });
  }

  /** Milliseconds of a call. */
  metricDuration(options?: MetricOptions): Metric {
    return this.function.metricDuration({ statistic: 'Maximum', ...options });
  }

  /** Events that could not be delivered or handled, as long as they are kept. */
  metricUndelivered(options?: MetricOptions): Metric {
    return this.undelivered.metricApproximateNumberOfMessagesVisible({ statistic: 'Maximum', ...options });
  }
}
