/** What a CDK app of one's own imports, as `onnward/constructs`. */
export { bucketName, functionName, LIVE_ALIAS, repositoryName, serviceName } from '#core/deployment/names.ts';
export { AlarmTopic, type AlarmTopicProps } from './alarm-topic.ts';
export { BatchAlarms, type BatchAlarmsProps } from './batch/alarms.ts';
export {
  BatchInference,
  type BatchInferenceOptions,
  type BatchInferenceProps,
  type BatchModel,
  type BatchSchedule,
} from './batch-inference.ts';
export { ImageRepository, type ImageRepositoryProps } from './image-repository.ts';
export {
  type AddModelOptions,
  type ApiAuth,
  InferenceApi,
  type InferenceApiOptions,
  type InferenceApiProps,
} from './inference-api.ts';
export {
  type BakedVersion,
  InferenceService,
  type InferenceServiceOptions,
  type InferenceServiceProps,
} from './inference-service.ts';
export { LiveAliasProvider, type LiveAliasProviderProps } from './live-alias.ts';
export {
  type AccuracyThreshold,
  type AlarmThresholds,
  ModelAlarms,
  type ModelAlarmsProps,
  type QualityThreshold,
} from './model-alarms.ts';
export {
  type IModelRegistry,
  ModelRegistry,
  type ModelRegistryAttributes,
  type ModelRegistryProps,
} from './model-registry.ts';
export { ModelMonitor, type ModelMonitorOptions, type ModelMonitorProps, type MonitorModels } from './model-monitor.ts';
export { MonitorAlarms, type MonitorAlarmsProps } from './monitor/alarms.ts';
export { CaptureStream, type CaptureStreamProps } from './monitor/capture-stream.ts';
export { ReleaseAlarms, type ReleaseAlarmsProps } from './release/alarms.ts';
export {
  type ReleaseModels,
  ReleasePipeline,
  type ReleasePipelineOptions,
  type ReleasePipelineProps,
} from './release-pipeline.ts';
export { StageAlarms, type StageAlarmsProps } from './stage-alarms.ts';
export { StageDashboard, type StageDashboardProps } from './stage-dashboard.ts';
export { TrainingAlarms, type TrainingAlarmsProps } from './training/alarms.ts';
export {
  type ExistingNetwork,
  type TrainingModels,
  TrainingQueue,
  type TrainingQueueOptions,
  type TrainingQueueProps,
} from './training-queue.ts';
