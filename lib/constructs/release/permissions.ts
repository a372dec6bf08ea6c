import { functionName, releaseName, repositoryName } from '#core/deployment/names.ts';
import { receiptKeyKey } from '#core/monitoring/receipt-keys.ts';
import { RELEASES_PREFIX } from '#core/release/keys.ts';
import { ArnFormat, Stack } from 'aws-cdk-lib';
import { PolicyStatement, type Role } from 'aws-cdk-lib/aws-iam';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { RECEIPT_KEYS } from '../feedback.ts';
import type { IModelRegistry } from '../model-registry.ts';
import { acknowledgeWildcard } from '../wildcard.ts';
import { workflowArn } from '../workflow/workflow.ts';
import { gateFunctions, type ReleaseModels } from './options.ts';

export interface ReleasingProps {
  readonly stage: string;
  readonly registry: IModelRegistry;
  readonly models: ReleaseModels;
  readonly topic?: ITopic;
  readonly inputBuckets?: readonly IBucket[];
}

/** Of the function itself: to publish a version, and to move `live`. */
const ON_FUNCTIONS = [
  'lambda:GetAlias',
  'lambda:GetFunctionConfiguration',
  'lambda:ListAliases',
  'lambda:ListTags',
  'lambda:ListVersionsByFunction',
  'lambda:PublishVersion',
  'lambda:UpdateAlias',
  'lambda:UpdateFunctionConfiguration',
];

/** Of its published versions alone: no version has the name of a function, so no function can be deleted. */
const ON_VERSIONS = [
  'lambda:DeleteFunction',
  'lambda:DeleteProvisionedConcurrencyConfig',
  'lambda:GetFunctionConfiguration',
  'lambda:GetProvisionedConcurrencyConfig',
  'lambda:InvokeFunction',
  'lambda:PutProvisionedConcurrencyConfig',
];

/** Of what a key can be put into, create-only or by compare-and-swap; `CreateOnly` of the bucket's policy demands the first. */
const WRITTEN = ['aliases/*', 'history/*', 'versions/*/releases/*'];

/** By a model's name: its versions with their baselines and history, held-out rows that were brought there or are of live requests, and recorded requests. */
const READ = ['models', 'baselines', 'evaluation', 'recordings', 'live-rows'];

const LISTED = [...READ.map((kind) => `${kind}/*`), `${RELEASES_PREFIX}*`, `${RECEIPT_KEYS}*`];
const READING = ['s3:GetObject'];
const WRITING = ['s3:PutObject'];

/** All that the function of releases may do. */
export function grantReleasing(role: Role, props: ReleasingProps): void {
  const { stage, registry, models, topic, inputBuckets = [] } = props;
  grantStore(role, registry, Object.keys(models));
  for (const bucket of inputBuckets) grantInputs(role, bucket);
  for (const model of Object.keys(models)) grantFunction(role, functionName(stage, model));
  grantObserving(role);
  grantImages(role, repositoryName(stage));
  allow(role, ['states:StartExecution'], [workflowArn(role, releaseName(stage))]);
  if (topic) allow(role, ['sns:Publish'], [topic.topicArn]);
  const gates = gateFunctions(models);
  if (gates.length > 0) allow(role, ['lambda:InvokeFunction'], gates);
}

/** By the model, in statements that are small: a managed policy, into which CDK puts what is too much, has 6144 characters. */
function grantStore(role: Role, { bucket }: IModelRegistry, models: readonly string[]): void {
  bucket.encryptionKey?.grant(role, 'kms:Decrypt', 'kms:GenerateDataKey');
  allowObjects(role, bucket, READING, [`${RELEASES_PREFIX}*`]);
  // Rows of an evaluation may be large.
  allowObjects(role, bucket, [...WRITING, 's3:AbortMultipartUpload'], [`${RELEASES_PREFIX}*`]);
  // The first key of receipts is made before anybody could sign with it.
  allow(role, [...READING, ...WRITING], [bucket.arnForObjects(receiptKeyKey(1))]);
  for (const model of models) {
    allowObjects(
      role,
      bucket,
      READING,
      READ.map((kind) => `${kind}/${model}/*`),
    );
    allowObjects(
      role,
      bucket,
      WRITING,
      WRITTEN.map((keys) => `models/${model}/${keys}`),
    );
  }
  // Who may not know what there is hears of what there is not that it is denied.
  role.addToPolicy(
    new PolicyStatement({
      actions: ['s3:ListBucket'],
      resources: [bucket.bucketArn],
      conditions: { StringLike: { 's3:prefix': LISTED } },
    }),
  );
}

/** Reading alone, and all of it: where the rows lie, the configuration says, and may say otherwise later. */
function grantInputs(role: Role, bucket: IBucket): void {
  bucket.encryptionKey?.grant(role, 'kms:Decrypt');
  allowObjects(role, bucket, ['s3:GetObject', 's3:GetObjectVersion'], ['*']);
  allow(role, ['s3:ListBucket'], [bucket.bucketArn]);
}

function grantFunction(role: Role, name: string): void {
  const { COLON_RESOURCE_NAME: arnFormat } = ArnFormat;
  const arn = Stack.of(role).formatArn({ service: 'lambda', resource: 'function', resourceName: name, arnFormat });
  const log = Stack.of(role).formatArn({
    service: 'logs',
    resource: 'log-group',
    resourceName: `/aws/lambda/${name}:*`,
    arnFormat,
  });
  allow(role, ON_FUNCTIONS, [arn]);
  allow(role, ON_VERSIONS, [`${arn}:*`], 'Versions have the numbers that Lambda gives them.');
  allow(role, ['logs:StartQuery'], [log], 'So are the logs of one function named: all of its streams.');
}

/** Of versions that are deleted: an image of one that any function has stays, and it looks at all of them. */
const grantImages = (role: Role, resourceName: string): void =>
  allow(
    role,
    ['ecr:BatchDeleteImage'],
    [Stack.of(role).formatArn({ service: 'ecr', resource: 'repository', resourceName })],
  );

/** What AWS has no resource to name for. Source: the Service Authorization References of CloudWatch, its Logs, and Lambda. */
const grantObserving = (role: Role): void =>
  allow(
    role,
    ['cloudwatch:DescribeAlarms', 'cloudwatch:GetMetricData', 'lambda:ListFunctions', 'logs:GetQueryResults'],
    ['*'],
    'Metrics, results of queries and lists of functions have no resource to name, and alarms are asked for by a prefix; all is reading.',
  );

const allowObjects = (role: Role, bucket: IBucket, actions: string[], keys: readonly string[]): void =>
  allow(
    role,
    actions,
    keys.map((key) => bucket.arnForObjects(key)),
    'Versions, releases and rows come and go: what is granted is what releases of these models are made of.',
  );

function allow(role: Role, actions: readonly string[], resources: readonly string[], reason?: string): void {
  role.addToPolicy(new PolicyStatement({ actions: [...actions], resources: [...resources] }));
  if (reason !== undefined) for (const resource of resources) acknowledgeWildcard(role, resource, reason);
}
