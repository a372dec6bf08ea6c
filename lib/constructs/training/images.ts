import { sourceFolder } from './options.ts';
import type { TrainingOptions } from '#core/training/options.ts';
import { stageBatchImage } from '#packaging/batch-image.ts';
import { root } from '#packaging/root.ts';
import { stageTrainingImage } from '#packaging/training-image.ts';
import { ArnFormat, Stack } from 'aws-cdk-lib';
import { DockerImageAsset, Platform } from 'aws-cdk-lib/aws-ecr-assets';
import { PolicyStatement, type Role } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { join } from 'node:path';
import { PULL_ACTIONS } from '../image-repository.ts';
import { acknowledgeWildcard } from '../wildcard.ts';

/** An image that machines pull. */
export interface TrainingImage {
  readonly uri: string;
  grantPull(role: Role): void;
}

/** What a trainer's folder has besides: of whoever works on it, and in nobody's image. */
const LEFT_OUT = ['.venv', 'venv', '**/__pycache__', '**/*.pyc', '.git', '.pytest_cache', '.onnward'];

/** A repository of ECR, in whatever account and region. */
const ECR = /^(\d{12})\.dkr\.ecr\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?\/([a-z0-9][a-z0-9._/-]*?)(?:[:@].*)?$/;

/** A model's trainer: its `image` as it is, or one made of its `source`. */
export function trainerImage(
  scope: Construct,
  id: string,
  { source, image = '' }: Pick<TrainingOptions, 'source' | 'image'>,
  folder?: string,
): TrainingImage {
  return source === undefined ? givenImage(scope, image) : builtImage(scope, id, sourceFolder(source, folder));
}

/** What fetches and takes out, around any trainer. */
export const aroundImage = (scope: Construct): TrainingImage =>
  builtImage(scope, 'Around', stageTrainingImage().folder);

/** What makes variants of a version. */
export const optimizerImage = (scope: Construct): TrainingImage =>
  builtImage(scope, 'Optimizer', join(root, 'trainers', 'optimize'));

/** What scores a whole job of batch inference. */
export const batchImage = (scope: Construct): TrainingImage => builtImage(scope, 'Image', stageBatchImage().folder);

/** For the machines that AWS Batch starts, whatever this one is. */
function builtImage(scope: Construct, id: string, directory: string): TrainingImage {
  const platform = Platform.LINUX_AMD64;
  const asset = new DockerImageAsset(scope, id, { directory, platform, exclude: LEFT_OUT });
  return {
    uri: asset.imageUri,
    grantPull: (role) => {
      asset.repository.grantPull(role);
      acknowledgeToken(role);
    },
  };
}

/** Of a registry that anybody may pull from, nothing is granted. */
function givenImage(scope: Construct, uri: string): TrainingImage {
  const [, account, region, resourceName] = ECR.exec(uri) ?? [];
  const grantPull = (role: Role): void => {
    if (account === undefined || region === undefined || resourceName === undefined) return;
    const repository = { service: 'ecr', resource: 'repository', account, region, resourceName };
    const arn = Stack.of(scope).formatArn({ ...repository, arnFormat: ArnFormat.SLASH_RESOURCE_NAME });
    role.addToPolicy(
      new PolicyStatement({ actions: ['ecr:BatchCheckLayerAvailability', ...PULL_ACTIONS], resources: [arn] }),
    );
    role.addToPolicy(new PolicyStatement({ actions: ['ecr:GetAuthorizationToken'], resources: ['*'] }));
    acknowledgeToken(role);
  };
  return { uri, grantPull };
}

const acknowledgeToken = (role: Role): void =>
  acknowledgeWildcard(role, '*', 'A token of ECR is of the account: there is no resource to name for it.');
