import { inPrefix, JOBS_PREFIX, outPrefix, quarantinePrefix, REQUESTS_PREFIX } from '#core/batch/keys.ts';
import { REQUESTS_STORE, serviceName } from '#core/deployment/names.ts';
import { BATCH_METRICS, type CloudWatchMetric, NAMESPACE } from '#core/monitoring/metrics.ts';
import { Metric, type MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { type BatchInferenceOptions, type BatchModel, checkBatch } from './batch/options.ts';
import { Starts } from './batch/starts.ts';
import { addWorker } from './batch/worker.ts';
import { addBatchWorkflow } from './batch/workflow.ts';
import type { InferenceService } from './inference-service.ts';
import type { IModelRegistry } from './model-registry.ts';
import { acknowledgeWildcard } from './wildcard.ts';

export type { BatchInferenceOptions, BatchModel, BatchSchedule } from './batch/options.ts';

export interface BatchInferenceProps extends BatchInferenceOptions {
  readonly stage: string;
  readonly registry: IModelRegistry;
  /** By their names in the registry: those that files are scored with. */
  readonly models: Readonly<Record<string, BatchModel>>;
}

const CONCURRENCY = 20;

/**
 * Scores files: what arrives in the registry's bucket below `batch/in/<model>/`, what a schedule names, and what is asked
 * for. One a stage, for all its models.
 */
export class BatchInference extends Construct {
  readonly stage: string;
  readonly models: readonly string[];
  /** Of `batch.asl.json`. Its input is a `BatchRequest`. */
  readonly workflow: StateMachine;
  /** The one function of the workflow; nothing else is to call it. */
  readonly function: LambdaFunction;
  /** Events that the workflow could not be started for. */
  readonly undelivered: Queue;
  private readonly registry: IModelRegistry;

  /** Throws `batch.range`, `batch.options_too_long`, `reference.invalid`, and what packaging throws. */
  constructor(scope: Construct, id: string, props: BatchInferenceProps) {
    super(scope, id);
    const { stage, registry, models, concurrency = CONCURRENCY } = props;
    checkBatch(props, models);
    this.stage = stage;
    this.registry = registry;
    this.models = Object.keys(models);
    this.function = addWorker(this, { ...props, concurrency });
    this.workflow = addBatchWorkflow(this, { ...props, worker: this.function });
    this.undelivered = new Starts(this, 'Starts', { stage, registry, models, workflow: this.workflow }).undelivered;
  }

  /** Lets the grantee ask for jobs, of any model of the stage and any input that the worker may read. */
  grantStart(grantee: IGrantable): Grant {
    return this.workflow.grantStartExecution(grantee);
  }

  /** Lets the grantee put files where they are scored by themselves, for any model or only for `model`. */
  grantSubmit(grantee: IGrantable, model = '*'): Grant {
    this.registry.bucket.encryptionKey?.grant(grantee, 'kms:GenerateDataKey', 'kms:Decrypt');
    return this.grantObjects(grantee, ['s3:PutObject', 's3:AbortMultipartUpload'], [inPrefix(model)]);
  }

  /** Has the service take requests in that are answered later, of its one model. The worker answers them. */
  takeRequests({ function: taker, model }: InferenceService): void {
    const { bucket, storeUrl } = this.registry;
    const prefix = `${REQUESTS_PREFIX}${model}/`;
    bucket.encryptionKey?.grant(taker, 'kms:Decrypt', 'kms:GenerateDataKey');
    this.grantObjects(taker, ['s3:GetObject', 's3:PutObject'], [prefix]);
    this.grantList(taker, [prefix]);
    taker.addEnvironment(REQUESTS_STORE, storeUrl);
  }

  /** Lets the grantee read outputs and quarantined rows, of any model or only of `model`, and what every job says of itself. */
  grantReadOutputs(grantee: IGrantable, model = '*'): Grant {
    this.registry.bucket.encryptionKey?.grant(grantee, 'kms:Decrypt');
    const prefixes = [outPrefix(model, '*'), quarantinePrefix(model, '*'), JOBS_PREFIX];
    return this.grantObjects(grantee, ['s3:GetObject'], prefixes).combine(this.grantList(grantee, prefixes));
  }

  /** Workflows that were started. */
  metricStarted(options?: MetricOptions): Metric {
    return this.workflow.metricStarted(options);
  }

  /** Workflows of jobs that ended with rows left, were refused, or had too many bad rows. */
  metricFailed(options?: MetricOptions): Metric {
    return this.workflow.metricFailed(options);
  }

  /** Workflows that did not end within a day. */
  metricTimedOut(options?: MetricOptions): Metric {
    return this.workflow.metricTimedOut(options);
  }

  /** Events that the workflow could not be started for, as long as they are kept. */
  metricUndelivered(options?: MetricOptions): Metric {
    return this.undelivered.metricApproximateNumberOfMessagesVisible({ statistic: 'Maximum', ...options });
  }

  /** Calls of the worker that waited, because as many as may run at once were running. */
  metricThrottles(options?: MetricOptions): Metric {
    return this.function.metricThrottles(options);
  }

  /** Rows that were scored. */
  metricRows(model: string, options?: MetricOptions): Metric {
    return this.own(BATCH_METRICS.rows, model, { statistic: 'Sum', ...options });
  }

  metricQuarantinedRows(model: string, options?: MetricOptions): Metric {
    return this.own(BATCH_METRICS.quarantinedRows, model, { statistic: 'Sum', ...options });
  }

  /** Rows that a job left unscored. */
  metricPendingRows(model: string, options?: MetricOptions): Metric {
    return this.own(BATCH_METRICS.pendingRows, model, { statistic: 'Maximum', ...options });
  }

  metricRowsPerSecond(model: string, options?: MetricOptions): Metric {
    return this.own(BATCH_METRICS.rowsPerSecond, model, { statistic: 'Average', ...options });
  }

  metricUsdPerMillionRows(model: string, options?: MetricOptions): Metric {
    return this.own(BATCH_METRICS.usdPerMillionRows, model, { statistic: 'Average', ...options });
  }

  private own({ name }: CloudWatchMetric, model: string, options: MetricOptions): Metric {
    const dimensionsMap = { service: serviceName(this.stage), model };
    return new Metric({ namespace: NAMESPACE, metricName: name, ...options, dimensionsMap }).attachTo(this);
  }

  private grantObjects(grantee: IGrantable, actions: string[], prefixes: readonly string[]): Grant {
    const resourceArns = prefixes.map((prefix) => this.registry.bucket.arnForObjects(`${prefix}*`));
    for (const arn of resourceArns) acknowledgeWildcard(grantee, arn, 'Files and jobs have names that they get.');
    return Grant.addToPrincipal({ grantee, actions, resourceArns });
  }

  private grantList(grantee: IGrantable, prefixes: readonly string[]): Grant {
    return Grant.addToPrincipal({
      grantee,
      actions: ['s3:ListBucket'],
      resourceArns: [this.registry.bucket.bucketArn],
      conditions: { StringLike: { 's3:prefix': prefixes.map((prefix) => `${prefix}*`) } },
    });
  }
}
