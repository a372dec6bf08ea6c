import { NAMESPACE } from '#core/monitoring/metrics.ts';
import { PolicyStatement, type Role } from 'aws-cdk-lib/aws-iam';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { CAPTURE_KEYS } from '../capture.ts';
import type { IModelRegistry } from '../model-registry.ts';
import type { ReleasePipeline } from '../release-pipeline.ts';
import type { TrainingQueue } from '../training-queue.ts';
import { trainingKeys } from '../training/own-keys.ts';
import { expectRoom } from '../training/policy-room.ts';
import { acknowledgeWildcard } from '../wildcard.ts';
import { type MonitorModels, mayCome } from './options.ts';

export interface MonitoringProps {
  readonly registry: IModelRegistry;
  readonly models: MonitorModels;
  readonly topic?: ITopic;
  readonly releases?: ReleasePipeline;
  readonly training?: TrainingQueue;
}

/** All that is nobody else's business: what it has found out, of all models that are watched. */
const FOUND = ['baselines', 'live-rows', 'monitoring', 'profiles', 'reports'] as const;
/** Of those it makes itself; baselines come with the versions. */
const MADE = FOUND.slice(1);
/** By a model's name: what it looks at. And, where somebody is to be forgotten, writes again. */
const LOOKED_AT = ['capture', 'feedback', 'ground-truth'] as const;

const READING = ['s3:GetObject'];
const WRITING = ['s3:PutObject', 's3:AbortMultipartUpload'];

const OWN = 'What is captured comes and goes: what is granted is what monitoring of this model reads and writes.';

/** All that the function of monitoring may do. */
export function grantMonitoring(role: Role, props: MonitoringProps): void {
  const { registry, models, topic, releases, training } = props;
  expectRoom(role);
  grantStore(role, registry.bucket, models);
  role.addToPolicy(
    new PolicyStatement({
      actions: ['cloudwatch:PutMetricData'],
      resources: ['*'],
      conditions: { StringEquals: { 'cloudwatch:namespace': NAMESPACE } },
    }),
  );
  acknowledgeWildcard(role, '*', 'Metrics have no resource to name: it is held to the one namespace instead.');
  if (topic) allow(role, ['sns:Publish'], [topic.topicArn]);
  const may = (...kinds: Parameters<typeof mayCome>[1][]): boolean =>
    Object.values(models).some((model) => mayCome(model, ...kinds));
  if (releases && may('rollback')) allow(role, ['lambda:InvokeFunction'], [releases.function.functionArn]);
  if (training && may('retrain', 'approve')) {
    allow(role, ['states:StartExecution'], [training.workflow.stateMachineArn]);
  }
}

/** By the model, in statements that are small: what does not fit into one policy goes into another. */
function grantStore(role: Role, bucket: IBucket, models: MonitorModels): void {
  bucket.encryptionKey?.grant(role, 'kms:Decrypt', 'kms:GenerateDataKey');
  // With what came of releases that it has asked for.
  const all = [...FOUND, 'releases', CAPTURE_KEYS.slice(0, -1)].map((kind) => `${kind}/*`);
  allowObjects(role, bucket, READING, all);
  allowObjects(
    role,
    bucket,
    WRITING,
    MADE.map((kind) => `${kind}/*`),
  );
  for (const [name, model] of Object.entries(models)) {
    const own = LOOKED_AT.map((kind) => `${kind}/${name}/*`);
    const trainings = mayCome(model, 'retrain', 'approve') ? trainingKeys(name) : [];
    allowObjects(role, bucket, READING, [`models/${name}/*`, ...own, ...trainings]);
    allowObjects(role, bucket, WRITING, [...own, `models/${name}/history/*`]);
  }
  const listed = [...LOOKED_AT, 'models', 'training'].map((kind) => `${kind}/*`).concat(all);
  // Who may not know what there is hears of what there is not that it is denied.
  role.addToPolicy(
    new PolicyStatement({
      actions: ['s3:ListBucket'],
      resources: [bucket.bucketArn],
      conditions: { StringLike: { 's3:prefix': listed } },
    }),
  );
}

function allowObjects(role: Role, bucket: IBucket, actions: readonly string[], keys: readonly string[]): void {
  const resources = keys.map((key) => bucket.arnForObjects(key));
  allow(role, actions, resources);
  for (const resource of resources) acknowledgeWildcard(role, resource, OWN);
}

function allow(role: Role, actions: readonly string[], resources: readonly string[]): void {
  role.addToPolicy(new PolicyStatement({ actions: [...actions], resources: [...resources] }));
}
