import { releaseName } from '#core/deployment/names.ts';
import { BASELINES_PREFIX, LIVE_ROWS_PREFIX } from '#core/monitoring/keys.ts';
import { TRAINING_PREFIX } from '#core/training/keys.ts';
import { ArnFormat, Stack } from 'aws-cdk-lib';
import { PolicyStatement, type Role } from 'aws-cdk-lib/aws-iam';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { IModelRegistry } from '../model-registry.ts';
import { grantCaptureKeys } from '../capture.ts';
import { acknowledgeWildcard } from '../wildcard.ts';
import { workflowArn } from '../workflow/workflow.ts';
import { grantReading, inputKeys } from './channels.ts';
import { releasesByItself, type TrainingModels } from './options.ts';
import { expectRoom } from './policy-room.ts';
import { trainingKeys } from './own-keys.ts';

export interface TrainingPermissionsProps {
  readonly stage: string;
  readonly registry: IModelRegistry;
  readonly models: TrainingModels;
  /** Names of the queues and definitions of AWS Batch. */
  readonly queues: readonly string[];
  readonly definitions: readonly string[];
  readonly topic?: ITopic;
  /** Models that are trained with rows of live requests, too. @default - none */
  readonly retrained?: readonly string[];
}

/** By a model's name: its versions and history, and held-out rows that were brought there. */
const READ = ['models', 'evaluation'];
/** A version and that it was registered, both create-only; no alias, and so nothing that is live. */
const REGISTERED = ['versions/*', 'history/*'];

const OWN = 'Trainings and versions come and go: what is granted is what trainings of these models are made of.';

/** All that the function of trainings may do. */
export function grantTraining(role: Role, props: TrainingPermissionsProps): void {
  const { stage, registry, models, topic } = props;
  expectRoom(role);
  grantStore(role, registry, Object.keys(models));
  // Of the rows that a version was trained on, what is sensitive is hashed as captured values are.
  if (Object.values(models).some(isHashed)) grantCaptureKeys(role, registry);
  for (const model of props.retrained ?? []) grantLiveRows(role, registry, model);
  grantReading(role, judgedOn(models), 'The configuration names it as the rows that variants are judged on.');
  grantBatch(role, props);
  if (topic) allow(role, ['sns:Publish'], [topic.topicArn]);
  if (releasesByItself(models)) allow(role, ['states:StartExecution'], [workflowArn(role, releaseName(stage))]);
}

const isHashed = ({ profiling }: TrainingModels[string]): boolean =>
  Object.values(profiling?.sensitive ?? {}).includes('hash');

function grantStore(role: Role, { bucket }: IModelRegistry, models: readonly string[]): void {
  bucket.encryptionKey?.grant(role, 'kms:Decrypt', 'kms:GenerateDataKey');
  for (const model of models) {
    // With what it was trained on, as sketches.
    const trainings = [...trainingKeys(model), inputKeys(model), `${BASELINES_PREFIX}${model}/*`];
    const read = READ.map((kind) => `${kind}/${model}/*`);
    const registered = REGISTERED.map((keys) => `models/${model}/${keys}`);
    const objects = (keys: readonly string[]): string[] => keys.map((key) => bucket.arnForObjects(key));
    allow(role, ['s3:GetObject'], objects(read), OWN);
    allow(role, ['s3:PutObject', 's3:AbortMultipartUpload'], objects(registered), OWN);
    allow(role, ['s3:GetObject', 's3:PutObject', 's3:AbortMultipartUpload'], objects(trainings), OWN);
  }
  // Which trainings and models there are, it finds by their folders.
  const listed = [
    `${TRAINING_PREFIX}*`,
    'models/',
    ...READ.flatMap((kind) => models.map((model) => `${kind}/${model}/*`)),
  ];
  role.addToPolicy(
    new PolicyStatement({
      actions: ['s3:ListBucket'],
      resources: [bucket.bucketArn],
      conditions: { StringLike: { 's3:prefix': listed } },
    }),
  );
}

/** Rows of live requests: they are a channel of the trainer's, and some of them the newest held-out ones. */
function grantLiveRows(role: Role, { bucket }: IModelRegistry, model: string): void {
  const keys = bucket.arnForObjects(`${LIVE_ROWS_PREFIX}${model}/*`);
  allow(role, ['s3:GetObject'], [keys], OWN);
  role.addToPolicy(
    new PolicyStatement({
      actions: ['s3:ListBucket'],
      resources: [bucket.bucketArn],
      conditions: { StringLike: { 's3:prefix': [`${LIVE_ROWS_PREFIX}${model}/*`] } },
    }),
  );
}

/** Where rows lie outside of the store. */
const judgedOn = (models: TrainingModels): string[] =>
  Object.values(models).flatMap(({ training: { optimize }, release }) =>
    optimize
      ? [optimize.data, optimize.calibration, release.evaluation?.data].filter(
          (url) => url?.startsWith('s3://') ?? false,
        )
      : [],
  ) as string[];

/** Source: the Service Authorization Reference of AWS Batch. */
function grantBatch(role: Role, { queues, definitions }: TrainingPermissionsProps): void {
  const arn = (resource: string, resourceName: string): string =>
    Stack.of(role).formatArn({ service: 'batch', resource, resourceName, arnFormat: ArnFormat.SLASH_RESOURCE_NAME });
  allow(
    role,
    ['batch:SubmitJob'],
    [...queues.map((name) => arn('job-queue', name)), ...definitions.map((name) => arn('job-definition', name))],
  );
  const revisions = definitions.map((name) => arn('job-definition', `${name}:*`));
  allow(role, ['batch:SubmitJob'], revisions, 'Each deployment makes a new revision of a definition.');
  allow(role, ['batch:TerminateJob'], [arn('job', '*')], 'Jobs have the ids that AWS Batch makes up.');
  allow(
    role,
    ['batch:DescribeComputeEnvironments', 'batch:DescribeJobQueues', 'batch:DescribeJobs', 'batch:ListJobs'],
    ['*'],
    'AWS Batch has no resource to name for what only reads.',
  );
}

function allow(role: Role, actions: readonly string[], resources: readonly string[], reason?: string): void {
  if (resources.length === 0) return;
  role.addToPolicy(new PolicyStatement({ actions: [...actions], resources: [...resources] }));
  if (reason === undefined) return;
  for (const resource of resources) if (resource.includes('*')) acknowledgeWildcard(role, resource, reason);
}
