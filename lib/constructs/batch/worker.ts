import { BATCH_PREFIX, claimKey, JOBS_PREFIX, outPrefix, quarantinePrefix, REQUESTS_PREFIX } from '#core/batch/keys.ts';
import { BATCH, batchName, PIN, serviceName } from '#core/deployment/names.ts';
import { stageBatch } from '#packaging/batch.ts';
import { Duration, Size } from 'aws-cdk-lib';
import { PolicyStatement, type Role } from 'aws-cdk-lib/aws-iam';
import { Function as LambdaFunction, LoggingFormat, Runtime } from 'aws-cdk-lib/aws-lambda';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { functionIdentity } from '../function-identity.ts';
import { lambdaArchitecture } from '../inference-code.ts';
import type { IModelRegistry } from '../model-registry.ts';
import { zipOf } from '../staged-code.ts';
import { acknowledgeWildcard } from '../wildcard.ts';
import { type BatchInferenceOptions, type BatchModel, optionsText } from './options.ts';

export interface WorkerProps extends BatchInferenceOptions {
  readonly stage: string;
  readonly registry: IModelRegistry;
  readonly models: Readonly<Record<string, BatchModel>>;
  readonly concurrency: number;
}

/** The one function of the workflow: it plans, scores a shard, accounts. */
export function addWorker(scope: Construct, props: WorkerProps): LambdaFunction {
  const { stage, registry, models, architecture = 'arm64', concurrency, logRetention, ephemeralStorageSize } = props;
  const functionName = batchName(stage);
  const identity = functionIdentity(scope, { functionName, ...(logRetention && { logRetention }) });
  const { inputBuckets } = props;
  grantScoring(identity.role, { registry, models: Object.keys(models), ...(inputBuckets && { inputBuckets }) });
  return new LambdaFunction(scope, 'Function', {
    functionName,
    description: `Onnward ${stage}: scores files, row by row accounted for`,
    runtime: Runtime.NODEJS_24_X,
    architecture: lambdaArchitecture(architecture),
    handler: 'handler.handler',
    code: zipOf(stageBatch({ architecture })),
    memorySize: props.memorySize ?? 1769,
    timeout: props.timeout ?? Duration.minutes(15),
    // What batch inference cannot exceed, real-time traffic cannot lose to it.
    reservedConcurrentExecutions: concurrency,
    loggingFormat: LoggingFormat.TEXT,
    ...(ephemeralStorageSize !== undefined && { ephemeralStorageSize: Size.mebibytes(ephemeralStorageSize) }),
    ...identity,
    environment: {
      [PIN.store]: registry.storeUrl,
      [BATCH.models]: optionsText(models),
      [BATCH.concurrency]: String(concurrency),
      POWERTOOLS_SERVICE_NAME: serviceName(stage),
    },
  });
}

/** What it writes: all of it create-only or made anew of the very same, but for nobody's inputs. */
const WRITTEN = [
  `${JOBS_PREFIX}*`,
  claimKey('*'),
  `${outPrefix('*', '*')}*`,
  `${quarantinePrefix('*', '*')}*`,
  `${REQUESTS_PREFIX}*`,
];

export interface ScoringGrant {
  readonly registry: IModelRegistry;
  readonly models: readonly string[];
  /** That are only read. @default - none */
  readonly inputBuckets?: readonly IBucket[];
  /** Keys that are written besides those of every job. @default - none */
  readonly written?: readonly string[];
}

/** What it takes to plan, score and account. */
export function grantScoring(role: Role, { registry, models, inputBuckets = [], written = [] }: ScoringGrant): void {
  grantRegistry(role, registry, models, written);
  for (const bucket of inputBuckets) grantInputs(role, bucket);
}

/** In one statement for all models: a role's policies may have 10,240 characters. Source: the IAM user guide, "IAM quotas". */
function grantRegistry(
  role: Role,
  { bucket }: IModelRegistry,
  models: readonly string[],
  written: readonly string[],
): void {
  bucket.encryptionKey?.grant(role, 'kms:Decrypt', 'kms:GenerateDataKey');
  const files = models.map((model) => `models/${model}/*`);
  allow(
    role,
    bucket,
    ['s3:GetObject'],
    [...files, `${BATCH_PREFIX}*`],
    'Versions and files come and go: all of them are its business.',
  );
  // Of an arrival, the very version that arrived.
  allow(
    role,
    bucket,
    ['s3:GetObjectVersion'],
    [`${BATCH_PREFIX}*`],
    'Files come under any name: they are what is scored.',
  );
  allow(
    role,
    bucket,
    ['s3:PutObject', 's3:AbortMultipartUpload'],
    [...WRITTEN, ...written],
    'Jobs and outputs have names that they get.',
  );
  role.addToPolicy(
    new PolicyStatement({
      actions: ['s3:ListBucket'],
      resources: [bucket.bucketArn],
      conditions: { StringLike: { 's3:prefix': [...files, `${BATCH_PREFIX}*`] } },
    }),
  );
}

/** Reading alone, and all of it: which file is asked for, nobody knows before. */
function grantInputs(role: Role, bucket: IBucket): void {
  bucket.encryptionKey?.grant(role, 'kms:Decrypt');
  allow(
    role,
    bucket,
    ['s3:GetObject', 's3:GetObjectVersion'],
    ['*'],
    'The configuration gives it this bucket to read.',
  );
  role.addToPolicy(new PolicyStatement({ actions: ['s3:ListBucket'], resources: [bucket.bucketArn] }));
}

function allow(role: Role, bucket: IBucket, actions: string[], keys: readonly string[], reason: string): void {
  const resources = keys.map((key) => bucket.arnForObjects(key));
  role.addToPolicy(new PolicyStatement({ actions, resources }));
  for (const resource of resources) acknowledgeWildcard(role, resource, reason);
}
