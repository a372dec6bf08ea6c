import { functionName } from '#core/deployment/names.ts';
import { CAPTURE_PREFIX, capturePrefix } from '#core/monitoring/keys.ts';
import { ArnFormat, Stack } from 'aws-cdk-lib';
import { Grant, type IGrantable, PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { CfnDeliveryStream } from 'aws-cdk-lib/aws-kinesisfirehose';
import { Metric, type MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import type { IModelRegistry } from '../model-registry.ts';
import { acknowledgeWildcard } from '../wildcard.ts';

export interface CaptureStreamProps {
  readonly stage: string;
  readonly model: string;
  readonly registry: IModelRegistry;
}

/** Sent whatever comes first: monitoring looks at an hour a quarter of an hour after its end. */
const BUFFER = { intervalInSeconds: 300, sizeInMBs: 64 };

/** Source: the Firehose developer guide, "Grant Firehose access to an Amazon S3 destination". */
const ON_OBJECTS = ['s3:AbortMultipartUpload', 's3:GetObject', 's3:PutObject'];
const ON_BUCKET = ['s3:GetBucketLocation', 's3:ListBucket', 's3:ListBucketMultipartUploads'];

/** What a model's captured requests go through to the bucket: they arrive as JSON Lines, in the folder of the hour. */
export class CaptureStream extends Construct {
  readonly streamName: string;
  readonly streamArn: string;

  constructor(scope: Construct, id: string, { stage, model, registry }: CaptureStreamProps) {
    super(scope, id);
    const { bucket } = registry;
    this.streamName = functionName(stage, model);
    this.streamArn = Stack.of(this).formatArn({
      service: 'firehose',
      resource: 'deliverystream',
      resourceName: this.streamName,
      arnFormat: ArnFormat.SLASH_RESOURCE_NAME,
    });
    new CfnDeliveryStream(this, 'Stream', {
      deliveryStreamName: this.streamName,
      deliveryStreamType: 'DirectPut',
      // Until it is delivered; in the bucket its own encryption holds.
      deliveryStreamEncryptionConfigurationInput: { keyType: 'AWS_OWNED_CMK' },
      extendedS3DestinationConfiguration: {
        bucketArn: bucket.bucketArn,
        roleArn: this.addRole(bucket, model).roleArn,
        prefix: `${capturePrefix(model)}!{timestamp:yyyy/MM/dd/HH}/`,
        errorOutputPrefix: `${CAPTURE_PREFIX}${model}/failed/!{firehose:error-output-type}/!{timestamp:yyyy/MM/dd/HH}/`,
        bufferingHints: BUFFER,
        compressionFormat: 'UNCOMPRESSED',
        fileExtension: '.jsonl',
      },
    });
  }

  /** Lets the grantee send what it has captured. */
  grantPut(grantee: IGrantable): Grant {
    return Grant.addToPrincipal({ grantee, actions: ['firehose:PutRecordBatch'], resourceArns: [this.streamArn] });
  }

  /** Seconds since the oldest record came in that is not in the bucket yet. */
  metricDataFreshness(options?: MetricOptions): Metric {
    return new Metric({
      namespace: 'AWS/Firehose',
      metricName: 'DeliveryToS3.DataFreshness',
      statistic: 'Maximum',
      ...options,
      dimensionsMap: { DeliveryStreamName: this.streamName },
    }).attachTo(this);
  }

  private addRole(bucket: IBucket, model: string): Role {
    const { account } = Stack.of(this);
    const keys = bucket.arnForObjects(`${CAPTURE_PREFIX}${model}/*`);
    const statements: [string[], string | undefined][] = [
      [ON_OBJECTS, keys],
      [ON_BUCKET, bucket.bucketArn],
      [['kms:Decrypt', 'kms:GenerateDataKey'], bucket.encryptionKey?.keyArn],
    ];
    const role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('firehose.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': account } },
      }),
      // Within the role itself: a stream whose role may not write yet is refused.
      inlinePolicies: {
        Deliver: new PolicyDocument({
          statements: statements.flatMap(([actions, resource]) =>
            resource === undefined ? [] : [new PolicyStatement({ actions, resources: [resource] })],
          ),
        }),
      },
    });
    acknowledgeWildcard(role, keys, 'Objects have the names that Firehose gives them, below the prefix of one model.');
    return role;
  }
}
