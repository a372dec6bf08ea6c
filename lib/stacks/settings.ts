import { captureOf, type ModelConfig } from '#config/model.ts';
import { watchedModels } from '#config/watched.ts';
import type { Deployment } from '#config/deployment.ts';
import { releaseOptionsOf } from '#config/deployment.ts';
import { profilingOf } from '#config/profiling.ts';
import type { ProfilingOptions } from '#core/training/world.ts';
import type { AccuracyThreshold, ModelAlarmsProps } from '#constructs/model-alarms.ts';
import { mayCome } from '#constructs/monitor/options.ts';
import type { ReleasePipelineOptions } from '#constructs/release-pipeline.ts';
import type { TrainingModels, TrainingQueueOptions } from '#constructs/training-queue.ts';
import { secondsOf } from '#core/duration.ts';
import { thresholdOf } from '#core/monitoring/watch-threshold.ts';
import { enabledFeedback } from '#core/monitoring/feedback-options.ts';
import type { BatchInferenceOptions, BatchModel } from '#constructs/batch-inference.ts';
import type { InferenceApiOptions } from '#constructs/inference-api.ts';
import type { InferenceServiceOptions } from '#constructs/inference-service.ts';
import { Duration } from 'aws-cdk-lib';

/** What the configuration says, in the constructs' words; what it leaves out, the constructs decide. */
export function serviceOptions(model: ModelConfig): InferenceServiceOptions {
  return defined({
    memorySize: model.memory,
    architecture: model.architecture,
    packaging: model.packaging,
    timeout: model.timeout === undefined ? undefined : Duration.seconds(model.timeout),
    threads: model.serving?.threads,
    reservedConcurrentExecutions: model.reservedConcurrency,
    provisionedConcurrency: model.provisionedConcurrency,
    ephemeralStorageSize: model.storage,
    snapStart: model.snapStart,
    tracing: model.tracing,
    logRetention: model.logRetention,
    feedback: enabledFeedback(model.feedback),
    capture: captureOf(model),
    watch: model.watch && thresholdOf(model.watch),
  });
}

/** When a low live accuracy is an alarm; undefined where it is not looked at. */
function accuracyThreshold({ watch }: Pick<ModelConfig, 'watch'>): AccuracyThreshold | undefined {
  if (!watch?.accuracy) return undefined;
  const { below, minimum, window } = watch.accuracy;
  return { below, minimum, window: Duration.seconds(secondsOf(window)) };
}

/** What alarms of a model look at because of `watch`. */
export function watchAlarms({ watch }: Pick<ModelConfig, 'watch'>): WatchAlarms {
  const { quality, drift } = watch ?? {};
  const accuracy = accuracyThreshold({ watch });
  return {
    ...(accuracy && { accuracy }),
    ...(quality && { quality: defined(quality) }),
    ...(drift && { drift: true }),
  };
}

type WatchAlarms = Pick<ModelAlarmsProps, 'accuracy' | 'quality' | 'drift'>;

/** The models that may be trained anew with rows of live requests. */
export const retrained = (deployment: Pick<Deployment, 'models'>): string[] =>
  Object.entries(watchedModels(deployment)).flatMap(([name, model]) =>
    mayCome(model, 'retrain', 'approve') ? [name] : [],
  );

/** The models that files are scored with; none where no model says so. */
export const batchModels = ({ models }: Pick<Deployment, 'models'>): Readonly<Record<string, BatchModel>> =>
  Object.fromEntries(
    Object.entries(models).flatMap(([name, { batch }]) => {
      if (!batch) return [];
      const { schedule, ...options } = batch;
      return [[name, { options: defined(options), ...(schedule && { schedule }) }]];
    }),
  );

/** Without the buckets of inputs, which a stack has to look up. */
export const batchOptions = ({ batch = {} }: Pick<Deployment, 'batch'>): BatchInferenceOptions =>
  defined({
    concurrency: batch.concurrency,
    memorySize: batch.memory,
    architecture: batch.architecture,
    ephemeralStorageSize: batch.storage,
    timeout: batch.timeout === undefined ? undefined : Duration.seconds(batch.timeout),
  });

/** Without the buckets of held-out rows, which a stack has to look up. */
export const releaseOptions = ({ releases = {} }: Pick<Deployment, 'releases'>): ReleasePipelineOptions =>
  defined({
    concurrency: releases.concurrency,
    memorySize: releases.memory,
    architecture: releases.architecture,
    ephemeralStorageSize: releases.storage,
    timeout: releases.timeout === undefined ? undefined : Duration.seconds(releases.timeout),
  });

/** The models that are trained there, with what is said of their releases; none where the stage does not say that it trains. */
export const trainingModels = ({ models, training }: Pick<Deployment, 'models' | 'training'>): TrainingModels =>
  Object.fromEntries(
    Object.entries(models).flatMap(([name, model]) =>
      training && model.training
        ? [[name, { training: model.training, release: releaseOptionsOf(model), ...profiled(profilingOf(model)) }]]
        : [],
    ),
  );

const profiled = (profiling: ProfilingOptions) => (Object.keys(profiling).length > 0 ? { profiling } : {});

/** Buckets are those that channels of the models name. */
export const trainingOptions = ({ training = {} }: Pick<Deployment, 'training'>): TrainingQueueOptions => {
  const { network } = training;
  const existing = typeof network === 'object' ? { vpcId: network.vpc, subnetIds: network.subnets } : network;
  return defined({
    instanceTypes: training.instanceTypes,
    spot: training.spot,
    maxCpus: training.maxCpus,
    network: existing,
    volumeSize: training.volume,
    memorySize: training.memory,
    architecture: training.architecture,
  });
};

export function apiOptions({ api }: Pick<Deployment, 'api'>): InferenceApiOptions {
  const { domain, ...rest } = api;
  return defined({
    ...rest,
    domain: domain && { domainName: domain.name, certificateArn: domain.certificate },
  });
}

/** A property that is undefined is not one that is left out. */
type Defined<T> = { [K in keyof T]: Exclude<T[K], undefined> };

const defined = <T extends object>(options: T): Defined<T> =>
  Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as Defined<T>;
