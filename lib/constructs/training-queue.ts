import { trainingName } from '#core/deployment/names.ts';
import { TRAINING_PREFIX } from '#core/training/keys.ts';
import { type QueueKind, queueName } from '#core/training/queues.ts';
import { RemovalPolicy } from 'aws-cdk-lib';
import type { CfnJobQueue } from 'aws-cdk-lib/aws-batch';
import type { Metric, MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import type { BatchModel } from './batch/options.ts';
import type { IModelRegistry } from './model-registry.ts';
import { addDefinitions } from './training/definitions.ts';
import { TrainingEvents } from './training/events.ts';
import { addTrainingFunction } from './training/function.ts';
import { checkTraining, type TrainingModels, type TrainingQueueOptions } from './training/options.ts';
import { addQueues } from './training/queues.ts';
import { addScoring } from './training/scoring.ts';
import { addTrainingWorkflow, addTuningWorkflow } from './training/workflow.ts';
import { acknowledgeWildcard } from './wildcard.ts';

export type { ExistingNetwork, TrainingModels, TrainingQueueOptions } from './training/options.ts';

export interface TrainingQueueProps extends TrainingQueueOptions {
  readonly stage: string;
  readonly registry: IModelRegistry;
  /** By their names in the registry: those that have `training`. No other model is trained. */
  readonly models: TrainingModels;
  /** Models whose files can be scored here, too, where a shard would take longer than a function may. @default - none */
  readonly scored?: Readonly<Record<string, BatchModel>>;
  /** That their inputs may lie in, besides the registry's; they are only read. @default - none */
  readonly inputBuckets?: readonly IBucket[];
  /** Models that may be trained with what live ones were asked, and its truths. @default - none */
  readonly retrained?: readonly string[];
  /** Hears of the end of each training. @default - nobody is told */
  readonly topic?: ITopic;
}

/**
 * Trains models on machines of EC2 that AWS Batch starts and ends: with SageMaker's contract for images, spare machines
 * first, and none while nothing trains. One a stage, for all its models that have `training`.
 */
export class TrainingQueue extends Construct {
  readonly stage: string;
  readonly models: readonly string[];
  /** Of `training.asl.json`. Its input is a `TrainingRequest`. */
  readonly workflow: StateMachine;
  /** Of `tuning.asl.json`; undefined where no model has `tuning`. */
  readonly tuning: StateMachine | undefined;
  /** Does the tasks of the workflows; people ask it to stop a training. */
  readonly function: LambdaFunction;
  /** Of AWS Batch, those that a model needs. */
  readonly queues: ReadonlyMap<QueueKind, CfnJobQueue>;
  /** What trainers print, and what is around them. */
  readonly log: LogGroup;
  /** Events that no training could be started for. */
  readonly undelivered: Queue;
  private readonly props: TrainingQueueProps;

  /** Throws `training.range`, `training.no_source`, `training.no_machine`, `reference.invalid`, and what packaging throws. */
  constructor(scope: Construct, id: string, props: TrainingQueueProps) {
    super(scope, id);
    checkTraining(props, props.models);
    const { stage, registry, models } = props;
    this.props = props;
    this.stage = stage;
    this.models = Object.keys(models);
    this.log = new LogGroup(this, 'JobLogs', {
      logGroupName: `/aws/batch/${trainingName(stage)}`,
      retention: props.logRetention ?? RetentionDays.ONE_MONTH,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const scores = props.scored !== undefined && Object.keys(props.scored).length > 0;
    this.queues = addQueues(this, { ...props, scores });
    const definitions = addDefinitions(this, { ...props, log: this.log });
    if (props.scored && scores) {
      const { scored, inputBuckets } = props;
      const scope = new Construct(this, 'Scoring');
      addScoring(scope, { stage, registry, log: this.log, scored, ...(inputBuckets && { inputBuckets }) });
    }
    const queues = [...this.queues.keys()].map((queue) => queueName(stage, queue));
    this.function = addTrainingFunction(this, { ...props, queues, definitions });
    this.workflow = addTrainingWorkflow(this, { ...props, worker: this.function });
    const tunes = Object.values(models).some(({ training }) => training.tuning);
    this.tuning = tunes
      ? addTuningWorkflow(new Construct(this, 'Tuning'), { ...props, worker: this.function })
      : undefined;
    this.undelivered = new TrainingEvents(this, 'Events', {
      stage,
      registry,
      models,
      workflow: this.workflow,
    }).undelivered;
  }

  /** Lets the grantee begin trainings and tunings, of any model of the queue, with any hyperparameters and channels that its role may read. */
  grantStart(grantee: IGrantable): Grant {
    const grant = this.workflow.grantStartExecution(grantee);
    return this.tuning ? grant.combine(this.tuning.grantStartExecution(grantee)) : grant;
  }

  /** Lets the grantee stop trainings: whoever may call the function may. */
  grantOperate(grantee: IGrantable): Grant {
    for (const arn of this.function.resourceArnsForGrantInvoke.slice(1)) {
      acknowledgeWildcard(grantee, arn, 'So is a function named with its versions, of which this one has none.');
    }
    return this.function.grantInvoke(grantee);
  }

  /** Lets the grantee put data where they start a training, or only below a prefix there. */
  grantData(grantee: IGrantable, prefix = `${TRAINING_PREFIX}in/`): Grant {
    const { bucket } = this.props.registry;
    bucket.encryptionKey?.grant(grantee, 'kms:GenerateDataKey', 'kms:Decrypt');
    const keys = bucket.arnForObjects(`${prefix}*`);
    acknowledgeWildcard(grantee, keys, 'Files of data have the names that they come with.');
    return Grant.addToPrincipal({
      grantee,
      actions: ['s3:PutObject', 's3:AbortMultipartUpload'],
      resourceArns: [keys],
    });
  }

  /** Workflows of trainings that were started; one that goes on after an interruption counts again. */
  metricStarted(options?: MetricOptions): Metric {
    return this.workflow.metricStarted(options);
  }

  /** Workflows whose training made no version: it failed, or was stopped. */
  metricFailed(options?: MetricOptions): Metric {
    return this.workflow.metricFailed(options);
  }

  /** Workflows that did not end within two weeks. */
  metricTimedOut(options?: MetricOptions): Metric {
    return this.workflow.metricTimedOut(options);
  }

  /** Events that no training could be started for, as long as they are kept. */
  metricUndelivered(options?: MetricOptions): Metric {
    return this.undelivered.metricApproximateNumberOfMessagesVisible({ statistic: 'Maximum', ...options });
  }

  /** Calls of the function that threw: tasks, which are tried again, and what people asked for and was refused. */
  metricErrors(options?: MetricOptions): Metric {
    return this.function.metricErrors(options);
  }
}
