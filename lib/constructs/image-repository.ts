import { ArnFormat, DefaultStackSynthesizer, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Repository, TagMutability, TagStatus } from 'aws-cdk-lib/aws-ecr';
import { ArnPrincipal, type IPrincipal, PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';

export interface ImageRepositoryProps {
  /** What `imageAssetsRepositoryName` of the stacks is whose images it holds. */
  readonly repositoryName: string;
  /** Who pushes. @default - the role of `cdk bootstrap` that publishes images, in this account and region */
  readonly publisher?: IPrincipal;
}

/** What Lambda does. Source: the Lambda developer guide, "Create a Lambda function using a container image". */
export const PULL_ACTIONS = ['ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'];

/** What CDK's role may do with the repository of `cdk bootstrap`. Source: its template, `ImagePublishingRoleDefaultPolicy`. */
export const PUBLISH_ACTIONS = [
  'ecr:PutImage',
  'ecr:InitiateLayerUpload',
  'ecr:UploadLayerPart',
  'ecr:CompleteLayerUpload',
  'ecr:BatchCheckLayerAvailability',
  'ecr:DescribeRepositories',
  'ecr:DescribeImages',
  'ecr:BatchGetImage',
  'ecr:GetDownloadUrlForLayer',
];

/**
 * Where inference images live: apart from the repository of `cdk bootstrap`, from which `cdk gc` deletes images that
 * published versions still need. It belongs in a stack that is deployed before the functions' stack, as images are pushed
 * before that one. Deleted with its stack, with all images.
 */
export class ImageRepository extends Construct {
  readonly repository: Repository;

  constructor(scope: Construct, id: string, props: ImageRepositoryProps) {
    super(scope, id);
    this.repository = new Repository(this, 'Repository', {
      repositoryName: props.repositoryName,
      imageScanOnPush: true,
      // A tag is the hash of what an image is made of.
      imageTagMutability: TagMutability.IMMUTABLE,
      emptyOnDelete: true,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    // Tagged images stay as long as a version may need them; untagged are what a broken push leaves.
    const maxImageAge = Duration.days(7);
    this.repository.addLifecycleRule({ description: 'broken pushes', tagStatus: TagStatus.UNTAGGED, maxImageAge });
    this.letPull();
    this.letPublish(props.publisher ?? this.bootstrapRole());
  }

  private letPull(): void {
    const functions = { service: 'lambda', resource: 'function', resourceName: '*' };
    const arn = Stack.of(this).formatArn({ ...functions, arnFormat: ArnFormat.COLON_RESOURCE_NAME });
    this.repository.addToResourcePolicy(
      new PolicyStatement({
        sid: 'LambdaPulls',
        principals: [new ServicePrincipal('lambda.amazonaws.com')],
        actions: PULL_ACTIONS,
        conditions: { StringLike: { 'aws:SourceArn': arn } },
      }),
    );
  }

  /** The role's own policy names the repository of `cdk bootstrap` alone; in one account, this permission is enough. */
  private letPublish(publisher: IPrincipal): void {
    const statement = { sid: 'CdkPublishes', principals: [publisher], actions: PUBLISH_ACTIONS };
    this.repository.addToResourcePolicy(new PolicyStatement(statement));
  }

  private bootstrapRole(): IPrincipal {
    const { account, region, partition, synthesizer } = Stack.of(this);
    const qualifier = synthesizer.bootstrapQualifier ?? DefaultStackSynthesizer.DEFAULT_QUALIFIER;
    const role = `cdk-${qualifier}-image-publishing-role-${account}-${region}`;
    return new ArnPrincipal(`arn:${partition}:iam::${account}:role/${role}`);
  }
}
