import type { Metric, MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import type { Grant, IGrantable } from 'aws-cdk-lib/aws-iam';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import type { IModelRegistry } from './model-registry.ts';
import { ReleaseEvents, releaseUndeliveredName } from './release/events.ts';
import { addReleaseFunction } from './release/function.ts';
import { checkReleases, type ReleaseModels, type ReleasePipelineOptions } from './release/options.ts';
import { addReleaseWorkflow } from './release/workflow.ts';
import { acknowledgeWildcard } from './wildcard.ts';
import { addUndelivered } from './workflow/undelivered.ts';

export type { ReleaseModels, ReleasePipelineOptions } from './release/options.ts';

export interface ReleasePipelineProps extends ReleasePipelineOptions {
  readonly stage: string;
  readonly registry: IModelRegistry;
  /** By their names in the registry: those that have gates. No other model is released. */
  readonly models: ReleaseModels;
  /** Hears of each release that waits for a person, and of its end. @default - nobody is told */
  readonly topic?: ITopic;
}

/**
 * Brings versions to live traffic through gates and canaries, and takes them back. One a stage, for all its models that
 * have gates; its function alone may move their aliases `live`.
 */
export class ReleasePipeline extends Construct {
  readonly stage: string;
  readonly models: readonly string[];
  /** Of `release.asl.json`. Its input is a `ReleaseRequest`. */
  readonly workflow: StateMachine;
  /** Does the tasks of the workflow; people ask it to approve, reject, abort and roll back. */
  readonly function: LambdaFunction;
  /** Events that could not be delivered or handled. */
  readonly undelivered: Queue;

  /** Throws `release.range`, `reference.invalid`, and what packaging throws. */
  constructor(scope: Construct, id: string, props: ReleasePipelineProps) {
    super(scope, id);
    const { stage, registry, models } = props;
    checkReleases(props, models);
    this.stage = stage;
    this.models = Object.keys(models);
    this.undelivered = addUndelivered(this, releaseUndeliveredName(stage));
    this.function = addReleaseFunction(this, { ...props, undelivered: this.undelivered });
    this.workflow = addReleaseWorkflow(this, { ...props, worker: this.function });
    const { workflow, undelivered, function: fn } = this;
    new ReleaseEvents(this, 'Events', { stage, registry, models, workflow, undelivered, function: fn });
  }

  /**
   * Lets the grantee begin releases, of any model of the pipeline. What is deployed decides what becomes of them: gates,
   * approval, evaluation, and the canary's weights and limits. A request may say why, allow a breaking signature, and make
   * bakes longer or ask for more requests; one that says anything else of the options is refused.
   */
  grantStart(grantee: IGrantable): Grant {
    return this.workflow.grantStartExecution(grantee);
  }

  /** Lets the grantee approve, reject, abort and roll back: whoever may call the function may have it move `live` back. */
  grantOperate(grantee: IGrantable): Grant {
    for (const arn of this.function.resourceArnsForGrantInvoke.slice(1)) {
      acknowledgeWildcard(grantee, arn, 'So is a function named with its versions, of which this one has none.');
    }
    return this.function.grantInvoke(grantee);
  }

  /** Workflows that were started; one that goes on after a decision counts again. */
  metricStarted(options?: MetricOptions): Metric {
    return this.workflow.metricStarted(options);
  }

  /** Workflows whose release did not go live: rejected, rolled back, aborted, expired, or not begun at all. */
  metricFailed(options?: MetricOptions): Metric {
    return this.workflow.metricFailed(options);
  }

  /** Workflows that did not end within 30 days. */
  metricTimedOut(options?: MetricOptions): Metric {
    return this.workflow.metricTimedOut(options);
  }

  /** Events that could not be delivered or handled, as long as they are kept. */
  metricUndelivered(options?: MetricOptions): Metric {
    return this.undelivered.metricApproximateNumberOfMessagesVisible({ statistic: 'Maximum', ...options });
  }

  /** Calls of the function that threw: tasks, which are tried again, and what people asked for and was refused. */
  metricErrors(options?: MetricOptions): Metric {
    return this.function.metricErrors(options);
  }
}
