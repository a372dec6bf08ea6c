import { BATCH_PREFIX, REQUESTS_PREFIX, UPLOADS_PREFIX } from '#core/batch/keys.ts';
import { RELEASES_PREFIX } from '#core/release/keys.ts';
import { CHECKPOINTS_KEPT_DAYS } from '#core/training/agent/snapshot.ts';
import { CHECKPOINTS_PREFIX, TRAINING_PREFIX } from '#core/training/keys.ts';
import { FEEDBACK_PREFIX } from '#core/monitoring/feedback.ts';
import { FEEDBACK_KEPT_DAYS } from '#core/monitoring/feedback-options.ts';
import {
  BASELINES_PREFIX,
  CAPTURE_PREFIX,
  GROUND_TRUTH_PREFIX,
  LIVE_ROWS_PREFIX,
  MONITORING_PREFIX,
  PROFILES_PREFIX,
  REPORTS_PREFIX,
} from '#core/monitoring/keys.ts';
import { Duration, RemovalPolicy, Token, Validations } from 'aws-cdk-lib';
import { AnyPrincipal, Effect, Grant, type IGrantable, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import {
  BlockPublicAccess,
  Bucket,
  BucketEncryption,
  type CfnBucket,
  type CfnBucketPolicy,
  type IBucket,
} from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { CAPTURE_KEYS } from './capture.ts';
import { RECEIPT_KEYS } from './feedback.ts';
import { acknowledgeWildcard } from './wildcard.ts';

/** The registry of models: a bucket, and who may read and write which keys of it. */
export interface IModelRegistry {
  readonly bucket: IBucket;
  /** As `--store` and `ONNWARD_STORE` take it: `s3://bucket`. */
  readonly storeUrl: string;
  /** Lets the grantee read every model, or only `model`. */
  grantRead(grantee: IGrantable, model?: string): Grant;
  /** Lets the grantee register versions and move aliases, which takes `grantRead` besides. Nobody is let delete. */
  grantWrite(grantee: IGrantable, model?: string): Grant;
}

/** What a user tunes. */
export interface ModelRegistryProps {
  /**
   * With a name, and no token in it, `cdk deploy --import-existing-resources` takes up the bucket that an earlier stack of
   * the same template left. @default - one that CloudFormation makes up
   */
  readonly bucketName?: string;
  /** Encrypts every object; its monthly price is the user's. @default - keys that S3 manages */
  readonly encryptionKey?: IKey;
  /** How long captured requests and answers are kept, and what holds values of them. @default Duration.days(30) */
  readonly captureRetention?: Duration;
}

/** A registry that is there already: one that outlived its stack, or another account's. */
export interface ModelRegistryAttributes {
  readonly bucketName: string;
  /** @default - keys that S3 manages */
  readonly encryptionKey?: IKey;
}

/** Versions, the records of their histories and releases, keys, which receipts came back, and what was found out and done. */
const WRITTEN_ONCE = [
  'models/*/versions/*',
  'models/*/history/*',
  `${RELEASES_PREFIX}*`,
  `${RECEIPT_KEYS}*`,
  `${CAPTURE_KEYS}*`,
  `${FEEDBACK_PREFIX}*`,
  `${BASELINES_PREFIX}*`,
  `${MONITORING_PREFIX}*/windows/*`,
  `${MONITORING_PREFIX}*/actions/*`,
];

abstract class ModelRegistryBase extends Construct implements IModelRegistry {
  abstract readonly bucket: IBucket;

  get storeUrl(): string {
    return `s3://${this.bucket.bucketName}`;
  }

  grantRead(grantee: IGrantable, model = '*'): Grant {
    this.bucket.encryptionKey?.grant(grantee, 'kms:Decrypt');
    // Without the right to list, S3 answers 403 where there is no such object, and the registry could not tell.
    return this.grantList(grantee, model).combine(this.grantObjects(grantee, model, ['s3:GetObject']));
  }

  grantWrite(grantee: IGrantable, model = '*'): Grant {
    // Source: the S3 user guide, "AWS KMS permissions": a multipart upload is read again by S3 to be put together.
    this.bucket.encryptionKey?.grant(grantee, 'kms:GenerateDataKey', 'kms:Decrypt');
    return this.grantObjects(grantee, model, ['s3:PutObject', 's3:AbortMultipartUpload']);
  }

  private grantObjects(grantee: IGrantable, model: string, actions: string[]): Grant {
    const objects = this.bucket.arnForObjects(`models/${model}/*`);
    acknowledgeWildcard(grantee, objects, 'Versions come and go: what is granted is all that is kept of the model.');
    return Grant.addToPrincipal({ grantee, actions, resourceArns: [objects] });
  }

  private grantList(grantee: IGrantable, model: string): Grant {
    return Grant.addToPrincipal({
      grantee,
      actions: ['s3:ListBucket'],
      resourceArns: [this.bucket.bucketArn],
      conditions: { StringLike: { 's3:prefix': model === '*' ? 'models/*' : `models/${model}/*` } },
    });
  }
}

class ImportedModelRegistry extends ModelRegistryBase {
  readonly bucket: IBucket;

  constructor(scope: Construct, id: string, attributes: ModelRegistryAttributes) {
    super(scope, id);
    this.bucket = Bucket.fromBucketAttributes(this, 'Bucket', attributes);
  }
}

/**
 * The S3 bucket that holds models, their history and what is learnt of them. It outlives its stack: destroying the stack
 * leaves it, and `fromAttributes` takes it up again.
 */
export class ModelRegistry extends ModelRegistryBase {
  static fromAttributes(scope: Construct, id: string, attributes: ModelRegistryAttributes): IModelRegistry {
    return new ImportedModelRegistry(scope, id, attributes);
  }

  readonly bucket: Bucket;

  constructor(scope: Construct, id: string, props: ModelRegistryProps = {}) {
    super(scope, id);
    this.bucket = new Bucket(this, 'Bucket', {
      ...(props.bucketName !== undefined && { bucketName: props.bucketName }),
      versioned: true,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      removalPolicy: RemovalPolicy.RETAIN,
      ...(props.encryptionKey
        ? { encryption: BucketEncryption.KMS, encryptionKey: props.encryptionKey, bucketKeyEnabled: true }
        : { encryption: BucketEncryption.S3_MANAGED }),
    });
    this.addLifecycle(props.captureRetention ?? Duration.days(30));
    this.sendEvents();
    this.keepImmutable();
    if (props.bucketName !== undefined) this.makeImportable(props.bucketName);
    Validations.of(this.bucket).acknowledge({
      id: 'AwsSolutions-S1',
      reason:
        'Access logs need a second bucket and come by best effort. Every change of a model is in its hash-chained history; for every read turn on the data events of CloudTrail.',
    });
  }

  /** A versioned bucket keeps what expires or is deleted as an older version: it holds users' data, so that goes later too. */
  private addLifecycle(captureRetention: Duration): void {
    this.bucket.addLifecycleRule({ id: 'unfinished-uploads', abortIncompleteMultipartUploadAfter: Duration.days(7) });
    const kept = [
      // Of whom values are is known by the capture alone: nothing that holds some outlives it.
      { id: 'captures', prefix: CAPTURE_PREFIX, expiration: captureRetention },
      ...[LIVE_ROWS_PREFIX, PROFILES_PREFIX, REPORTS_PREFIX].map((prefix) => ({
        id: prefix.slice(0, -1),
        prefix,
        expiration: captureRetention,
      })),
      { id: 'batch-requests', prefix: REQUESTS_PREFIX, expiration: Duration.days(1) },
      { id: 'batch-uploads', prefix: UPLOADS_PREFIX, expiration: Duration.days(30) },
      { id: 'checkpoints', prefix: CHECKPOINTS_PREFIX, expiration: Duration.days(CHECKPOINTS_KEPT_DAYS) },
      // As long as the truth of an answer may come.
      ...[FEEDBACK_PREFIX, GROUND_TRUTH_PREFIX].map((prefix) => ({
        id: prefix.slice(0, -1),
        prefix,
        expiration: Duration.days(FEEDBACK_KEPT_DAYS),
      })),
    ];
    for (const rule of kept) {
      this.bucket.addLifecycleRule({ ...rule, noncurrentVersionExpiration: Duration.days(1) });
    }
    // Trainers' progress is written over twice a minute, how an alarm stands with each change.
    for (const prefix of [TRAINING_PREFIX, MONITORING_PREFIX]) {
      const id = prefix.slice(0, -1);
      this.bucket.addLifecycleRule({ id, prefix, noncurrentVersionExpiration: Duration.days(1) });
    }
    // What somebody deletes, or overwrites while a job may still read it.
    this.bucket.addLifecycleRule({ id: 'batch', prefix: BATCH_PREFIX, noncurrentVersionExpiration: Duration.days(30) });
  }

  /** By CloudFormation itself: the bucket's own `eventBridgeEnabled` deploys a function that may change any bucket. */
  private sendEvents(): void {
    const resource = this.bucket.node.defaultChild as CfnBucket;
    resource.notificationConfiguration = { eventBridgeConfiguration: { eventBridgeEnabled: true } };
  }

  /** S3 itself refuses a write over what is written once, whoever writes and with whatever tool. */
  private keepImmutable(): void {
    this.bucket.addToResourcePolicy(
      new PolicyStatement({
        sid: 'CreateOnly',
        effect: Effect.DENY,
        principals: [new AnyPrincipal()],
        actions: ['s3:PutObject'],
        resources: WRITTEN_ONCE.map((keys) => this.bucket.arnForObjects(keys)),
        conditions: { Null: { 's3:if-none-match': 'true' }, Bool: { 's3:ObjectCreationOperation': 'true' } },
      }),
    );
    // What outlives its stack stays as guarded as it was.
    this.bucket.policy?.applyRemovalPolicy(RemovalPolicy.RETAIN);
  }

  /**
   * CloudFormation imports by itself only what it can identify by a text in the template, and a policy is identified by
   * its bucket. Source: its user guide, "Import AWS resources into a CloudFormation stack automatically".
   */
  private makeImportable(bucketName: string): void {
    if (Token.isUnresolved(bucketName)) return;
    const policy = this.bucket.policy?.node.defaultChild as CfnBucketPolicy;
    policy.bucket = bucketName;
    policy.addResourceDependency(this.bucket.node.defaultChild as CfnBucket);
    Validations.of(policy).acknowledge({
      id: 'AwsSolutions-S10',
      reason:
        'It does demand TLS: the rule does not see that the bucket that the policy names is the one it speaks of.',
    });
  }
}
