import { bucketName, repositoryName } from '#core/deployment/names.ts';
import { ImageRepository } from '#constructs/image-repository.ts';
import { ModelRegistry } from '#constructs/model-registry.ts';
import { CfnOutput, Duration, Stack, type StackProps } from 'aws-cdk-lib';
import { Key } from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';

export interface RegistryStackProps extends StackProps {
  readonly stage: string;
  /** The ARN of a KMS key. @default - keys that S3 manages */
  readonly encryptionKey?: string;
  /** Days. @default 30 */
  readonly captureRetention?: number;
}

/**
 * What has to be there before the functions are: the registry, which stays when everything of a stage is destroyed, and
 * the repository that their image is pushed to.
 */
export class RegistryStack extends Stack {
  constructor(scope: Construct, id: string, props: RegistryStackProps) {
    super(scope, id, props);
    const { stage, encryptionKey, captureRetention } = props;
    const registry = new ModelRegistry(this, 'Registry', {
      // Made of what does not change, so that a deployment after a destruction finds the bucket that was left.
      bucketName: bucketName(stage, this.account, this.region),
      ...(encryptionKey && { encryptionKey: Key.fromKeyArn(this, 'Key', encryptionKey) }),
      ...(captureRetention && { captureRetention: Duration.days(captureRetention) }),
    });
    const images = new ImageRepository(this, 'Images', { repositoryName: repositoryName(stage) });
    new CfnOutput(this, 'StoreUrl', { value: registry.storeUrl, description: 'For --store and ONNWARD_STORE' });
    new CfnOutput(this, 'RepositoryUri', { value: images.repository.repositoryUri, description: 'Where images are' });
  }
}
