import { FUNCTION_TAGS, functionName, PIN, serviceName } from '#core/deployment/names.ts';
import { checkName } from '#core/model/reference.ts';
import { CAPTURE } from '#core/monitoring/capture/options.ts';
import { FEEDBACK } from '#core/monitoring/feedback-options.ts';
import { WATCH_THRESHOLD } from '#core/monitoring/watch-threshold.ts';
import { type CloudWatchMetric, CORRECT, METRICS, MONITOR_METRICS, NAMESPACE } from '#core/monitoring/metrics.ts';
import { BAKED_STORE } from '#packaging/inference.ts';
import { Duration, Size, Tags, Validations } from 'aws-cdk-lib';
import { Metric, type MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import type { Grant, IGrantable, Role } from 'aws-cdk-lib/aws-iam';
import {
  Function as LambdaFunction,
  type IFunction,
  LoggingFormat,
  SnapStartConf,
  Tracing,
} from 'aws-cdk-lib/aws-lambda';
import type { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { grantBaselines, grantCaptureKeys, grantTruths } from './capture.ts';
import { grantFeedback } from './feedback.ts';
import { functionIdentity } from './function-identity.ts';
import { inferenceCode, lambdaArchitecture, warnOfSharedRepository } from './inference-code.ts';
import { checkOptions, type InferenceServiceOptions } from './inference-options.ts';
import { KeepActive } from './keep-active.ts';
import { LiveAlias, type LiveAliasProvider } from './live-alias.ts';
import type { IModelRegistry } from './model-registry.ts';
import { CaptureStream } from './monitor/capture-stream.ts';
import { acknowledgeWildcard } from './wildcard.ts';

export type { BakedVersion, InferenceServiceOptions } from './inference-options.ts';

export interface InferenceServiceProps extends InferenceServiceOptions {
  readonly stage: string;
  /** Its name in the registry. */
  readonly model: string;
  readonly registry: IModelRegistry;
  /** One a stage, for all its services. */
  readonly liveAliases: LiveAliasProvider;
}

/**
 * One model's inference function. Its alias `live` is what clients call; until a version is released to it, it answers 503
 * and says so.
 */
export class InferenceService extends Construct {
  readonly stage: string;
  readonly model: string;
  /** $LATEST: what the next version is published from. Nothing but a release is to call it. */
  readonly function: LambdaFunction;
  /** The alias, once it is there. */
  readonly live: IFunction;
  readonly logGroup: LogGroup;
  /** Executions that a release keeps initialised of the version that it publishes. */
  readonly provisionedConcurrency: number | undefined;
  /** Takes what is captured to the bucket; undefined where nothing is. */
  readonly capture: CaptureStream | undefined;
  /** Executions at once that it cannot exceed. */
  readonly reservedConcurrentExecutions: number | undefined;

  /** Throws `reference.invalid`, `service.range`, `service.conflict`, and what packaging throws. */
  constructor(scope: Construct, id: string, props: InferenceServiceProps) {
    super(scope, id);
    checkName(props.model);
    checkOptions(props);
    const { stage, model, registry, baked, logRetention, provisionedConcurrency } = props;
    const name = functionName(stage, model);
    const identity = functionIdentity(this, { functionName: name, ...(logRetention && { logRetention }) });
    if (!baked) {
      registry.grantRead(identity.role, model);
      grantBaselines(identity.role, registry, model);
    }
    if (props.feedback) grantFeedback(identity.role, registry, model);
    this.capture = props.capture && this.addCapture(props, identity.role);
    this.stage = stage;
    this.model = model;
    this.provisionedConcurrency = provisionedConcurrency;
    this.reservedConcurrentExecutions = props.reservedConcurrentExecutions;
    this.logGroup = identity.logGroup;
    this.function = new LambdaFunction(this, 'Function', {
      ...settingsOf(props),
      ...identity,
      functionName: name,
      description: `Onnward: inference with ${model}`,
      environment: environmentOf(props),
    });
    this.tag(FUNCTION_TAGS.provisionedConcurrency, provisionedConcurrency);
    this.tag(FUNCTION_TAGS.baked, baked?.version);
    if (props.tracing)
      acknowledgeWildcard(identity.role, '*', 'X-Ray takes traces for the account, not for a resource.');
    warnOfSharedRepository(this.function);
    if (props.snapStart) acknowledgeUnpublished(this.function);
    this.live = new LiveAlias(this, 'Live', {
      function: this.function,
      functionName: name,
      provider: props.liveAliases,
    });
    new KeepActive(this, 'KeepActive', { alias: this.live });
  }

  /** Lets the grantee invoke what is live, and no version besides. */
  grantInvoke(grantee: IGrantable): Grant {
    return this.live.grantInvoke(grantee);
  }

  /** Inference requests that were answered. */
  metricRequests(options?: MetricOptions): Metric {
    return this.own(METRICS.requests, { statistic: 'Sum', ...options });
  }

  /** Requests that failed by our doing; the average is the share of them. */
  metricErrors(options?: MetricOptions): Metric {
    return this.own(METRICS.errors, { statistic: 'Sum', ...options });
  }

  /** Milliseconds. */
  metricLatency(options?: MetricOptions): Metric {
    return this.own(METRICS.latency, { statistic: 'p99', ...options });
  }

  /** Answers whose truth came back: 1 for a right one, else 0. The average is the accuracy, `SampleCount` how many they are. */
  metricCorrect(options?: MetricOptions): Metric {
    return this.own(CORRECT, { statistic: 'Average', ...options });
  }

  /** What `watch.quality` names, of the windows with truths enough; written by the function of monitoring. */
  metricQuality(options?: MetricOptions): Metric {
    return this.own(MONITOR_METRICS.quality, { statistic: 'Average', ...options });
  }

  /** Features that drift, of the windows with rows enough; written by the function of monitoring. */
  metricDrift(options?: MetricOptions): Metric {
    return this.own(MONITOR_METRICS.drift, { statistic: 'Maximum', ...options });
  }

  /** Invocations of `live` that were refused for want of concurrency. */
  metricThrottles(options?: MetricOptions): Metric {
    return this.live.metric('Throttles', { statistic: 'Sum', ...options });
  }

  /** Invocations of `live` that ended without an answer: a failure that is answered is none of these. */
  metricCrashes(options?: MetricOptions): Metric {
    return this.live.metric('Errors', { statistic: 'Sum', ...options });
  }

  /** Executions at once of all versions, which reserved concurrency counts together. */
  metricConcurrentExecutions(options?: MetricOptions): Metric {
    const dimensionsMap = { FunctionName: functionName(this.stage, this.model) };
    return this.function.metric('ConcurrentExecutions', { statistic: 'Maximum', ...options, dimensionsMap });
  }

  /** Invocations of `live` while it points to no version. Source: the Lambda developer guide, "By Executed Version". */
  metricInvocationsOfLatest(options?: MetricOptions): Metric {
    const dimensionsMap = { ExecutedVersion: '$LATEST' };
    return this.live.metric('Invocations', { statistic: 'Sum', ...options, dimensionsMap });
  }

  private addCapture({ stage, model, registry, feedback }: InferenceServiceProps, role: Role): CaptureStream {
    const stream = new CaptureStream(this, 'Capture', { stage, model, registry });
    stream.grantPut(role);
    grantCaptureKeys(role, registry);
    if (feedback) grantTruths(role, registry, model);
    return stream;
  }

  private own({ name }: CloudWatchMetric, options: MetricOptions): Metric {
    const dimensionsMap = { service: serviceName(this.stage), model: this.model };
    return new Metric({ namespace: NAMESPACE, metricName: name, ...options, dimensionsMap }).attachTo(this);
  }

  private tag(key: string, value: number | undefined): void {
    if (value !== undefined) Tags.of(this.function).add(key, String(value));
  }
}

/** CDK and its validation warn that snapshots are of published versions, and that the template has none. */
function acknowledgeUnpublished(target: LambdaFunction): void {
  const reason = 'Releases publish the versions.';
  for (const id of ['Annotation::@aws-cdk/aws-lambda:snapStartRequirePublish', 'CloudFormation-Validate::W2530']) {
    Validations.of(target).acknowledge({ id, reason });
  }
}

function settingsOf(props: InferenceServiceProps) {
  const {
    architecture = 'arm64',
    packaging = 'image',
    baked,
    reservedConcurrentExecutions,
    tracing,
    snapStart,
    ephemeralStorageSize,
  } = props;
  return {
    ...inferenceCode({ architecture, packaging, ...(baked && { baked: baked.folder }) }),
    architecture: lambdaArchitecture(architecture),
    memorySize: props.memorySize ?? 1769,
    timeout: props.timeout ?? Duration.seconds(29),
    // As JSON, Lambda wraps each line that the console writes; CloudWatch finds metrics only in lines that are theirs whole.
    loggingFormat: LoggingFormat.TEXT,
    ...(reservedConcurrentExecutions !== undefined && { reservedConcurrentExecutions }),
    ...(tracing && { tracing: Tracing.ACTIVE }),
    ...(ephemeralStorageSize !== undefined && { ephemeralStorageSize: Size.mebibytes(ephemeralStorageSize) }),
    ...(snapStart && { snapStart: SnapStartConf.ON_PUBLISHED_VERSIONS }),
  };
}

/** Never the version: a release pins it, as it publishes. */
function environmentOf(props: InferenceServiceProps): Record<string, string> {
  const { stage, model, registry, threads, baked, feedback, capture, watch } = props;
  return {
    [PIN.store]: baked ? BAKED_STORE : registry.storeUrl,
    [PIN.model]: model,
    POWERTOOLS_SERVICE_NAME: serviceName(stage),
    ...(threads !== undefined && { ONNWARD_THREADS: String(threads) }),
    ...(feedback && { [FEEDBACK.options]: JSON.stringify(feedback), [FEEDBACK.store]: registry.storeUrl }),
    ...(watch && { [WATCH_THRESHOLD]: JSON.stringify(watch) }),
    ...(capture && {
      [CAPTURE.options]: JSON.stringify(capture),
      [CAPTURE.stream]: functionName(stage, model),
      [CAPTURE.store]: registry.storeUrl,
    }),
  };
}
