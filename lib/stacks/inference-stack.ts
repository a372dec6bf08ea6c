import { type Deployment, releaseModels } from '#config/deployment.ts';
import { watchedModels } from '#config/watched.ts';
import { AlarmTopic } from '#constructs/alarm-topic.ts';
import { BatchInference } from '#constructs/batch-inference.ts';
import { BatchAlarms } from '#constructs/batch/alarms.ts';
import { InferenceApi } from '#constructs/inference-api.ts';
import { InferenceService, type BakedVersion } from '#constructs/inference-service.ts';
import { LiveAliasProvider } from '#constructs/live-alias.ts';
import { ModelAlarms } from '#constructs/model-alarms.ts';
import { ModelMonitor } from '#constructs/model-monitor.ts';
import { MonitorAlarms } from '#constructs/monitor/alarms.ts';
import { type IModelRegistry, ModelRegistry } from '#constructs/model-registry.ts';
import { ReleaseAlarms } from '#constructs/release/alarms.ts';
import { ReleasePipeline } from '#constructs/release-pipeline.ts';
import { StageAlarms } from '#constructs/stage-alarms.ts';
import { StageDashboard } from '#constructs/stage-dashboard.ts';
import { TrainingAlarms } from '#constructs/training/alarms.ts';
import { TrainingQueue } from '#constructs/training-queue.ts';
import { bucketName } from '#core/deployment/names.ts';
import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Bucket, type IBucket } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import {
  apiOptions,
  batchModels,
  batchOptions,
  releaseOptions,
  retrained,
  serviceOptions,
  trainingModels,
  trainingOptions,
  watchAlarms,
} from './settings.ts';

export interface InferenceStackProps extends StackProps {
  readonly deployment: Deployment;
  /** By model: the versions that go into what is deployed. @default - every version comes from the registry */
  readonly baked?: Readonly<Record<string, BakedVersion>>;
}

/** Everything of a stage that can be made anew: functions, the API before them, alarms. */
export class InferenceStack extends Stack {
  readonly services: readonly InferenceService[];
  readonly api: InferenceApi;
  /** Undefined where no model has `batch`. */
  readonly batch: BatchInference | undefined;
  /** Undefined where no model has `gates`. */
  readonly releases: ReleasePipeline | undefined;
  /** Undefined where no model has `training`. */
  readonly training: TrainingQueue | undefined;
  /** Undefined where no model has `watch`. */
  readonly monitor: ModelMonitor | undefined;

  constructor(scope: Construct, id: string, props: InferenceStackProps) {
    super(scope, id, props);
    const { deployment, baked = {} } = props;
    const { stage, models, encryptionKey, notify = [], dashboard } = deployment;
    const registry = ModelRegistry.fromAttributes(this, 'Registry', {
      bucketName: bucketName(stage, this.account, this.region),
      ...(encryptionKey && { encryptionKey: Key.fromKeyArn(this, 'Key', encryptionKey) }),
    });
    const topic = new AlarmTopic(this, 'Alarms', { stage, emails: notify });
    this.api = new InferenceApi(this, 'Api', { stage, registry, ...apiOptions(deployment) });
    const liveAliases = new LiveAliasProvider(this, 'LiveAliases', { stage });
    this.services = Object.entries(models).map(([model, settings]) => {
      const options = { ...serviceOptions(settings), ...(baked[model] && { baked: baked[model] }) };
      const service = new InferenceService(this, `Model-${model}`, { stage, model, registry, liveAliases, ...options });
      this.api.addModel(service, settings.auth && { auth: settings.auth });
      if (settings.alarms !== false || settings.watch) {
        new ModelAlarms(service, 'Alarms', {
          service,
          topic,
          thresholds: settings.alarms ?? {},
          ...watchAlarms(settings),
        });
      }
      return service;
    });
    this.batch = this.addBatch(deployment, registry, topic);
    this.releases = this.addReleases(deployment, registry, topic);
    this.training = this.addTraining(deployment, registry, topic);
    this.monitor = this.addMonitor(deployment, registry, topic);
    new StageAlarms(this, 'StageAlarms', { stage, api: this.api, topic });
    if (dashboard) {
      const { services, api, batch, releases, training, monitor } = this;
      new StageDashboard(this, 'Dashboard', {
        stage,
        services,
        api,
        ...(batch && { batch }),
        ...(releases && { releases }),
        ...(training && { training }),
        ...(monitor && { monitor }),
      });
    }
    new CfnOutput(this, 'ApiUrl', { value: this.api.url, description: 'Where the models answer' });
  }

  private addBatch(deployment: Deployment, registry: IModelRegistry, topic: AlarmTopic): BatchInference | undefined {
    const models = batchModels(deployment);
    if (Object.keys(models).length === 0) return undefined;
    const { stage } = deployment;
    const inputBuckets = this.bucketsOf('Inputs', deployment.batch?.buckets);
    const options = { ...batchOptions(deployment), inputBuckets };
    const batch = new BatchInference(this, 'Batch', { stage, registry, models, ...options });
    for (const service of this.services) if (models[service.model]) batch.takeRequests(service);
    new BatchAlarms(batch, 'Alarms', { batch, topic });
    new CfnOutput(this, 'BatchWorkflow', { value: batch.workflow.stateMachineArn, description: 'What scores files' });
    return batch;
  }

  private addReleases(
    deployment: Deployment,
    registry: IModelRegistry,
    topic: AlarmTopic,
  ): ReleasePipeline | undefined {
    const models = releaseModels(deployment);
    if (Object.keys(models).length === 0) return undefined;
    const { stage } = deployment;
    const releases = new ReleasePipeline(this, 'Releases', {
      stage,
      registry,
      models,
      topic,
      ...releaseOptions(deployment),
      inputBuckets: this.bucketsOf('HeldOut', deployment.releases?.buckets),
    });
    new ReleaseAlarms(releases, 'Alarms', { releases, topic });
    const { workflow, function: fn } = releases;
    new CfnOutput(this, 'ReleaseWorkflow', { value: workflow.stateMachineArn, description: 'What releases versions' });
    new CfnOutput(this, 'ReleaseFunction', {
      value: fn.functionArn,
      description: 'What decides, aborts and rolls back',
    });
    return releases;
  }

  private addTraining(deployment: Deployment, registry: IModelRegistry, topic: AlarmTopic): TrainingQueue | undefined {
    const models = trainingModels(deployment);
    if (Object.keys(models).length === 0) return undefined;
    const { stage } = deployment;
    const options = trainingOptions(deployment);
    const training = new TrainingQueue(this, 'Training', {
      stage,
      registry,
      models,
      topic,
      scored: batchModels(deployment),
      retrained: retrained(deployment),
      inputBuckets: this.bucketsOf('Scored', deployment.batch?.buckets),
      ...options,
    });
    new TrainingAlarms(training, 'Alarms', { training, topic });
    const { workflow, tuning, function: fn } = training;
    new CfnOutput(this, 'TrainingWorkflow', { value: workflow.stateMachineArn, description: 'What trains models' });
    new CfnOutput(this, 'TrainingFunction', { value: fn.functionArn, description: 'What stops trainings' });
    if (tuning) {
      new CfnOutput(this, 'TuningWorkflow', {
        value: tuning.stateMachineArn,
        description: 'What tries hyperparameters',
      });
    }
    return training;
  }

  private addMonitor(deployment: Deployment, registry: IModelRegistry, topic: AlarmTopic): ModelMonitor | undefined {
    const models = watchedModels(deployment);
    if (Object.keys(models).length === 0) return undefined;
    const { stage } = deployment;
    const { services, releases, training } = this;
    const acting = { ...(releases && { releases }), ...(training && { training }) };
    const monitor = new ModelMonitor(this, 'Monitor', { stage, registry, models, services, topic, ...acting });
    new MonitorAlarms(monitor, 'Alarms', { monitor, topic });
    new CfnOutput(this, 'MonitorFunction', {
      value: monitor.function.functionArn,
      description: 'What looks at live models, decides and forgets',
    });
    return monitor;
  }

  private bucketsOf(id: string, names: readonly string[] = []): IBucket[] {
    return names.map((name) => Bucket.fromBucketName(this, `${id}-${name}`, name));
  }
}
